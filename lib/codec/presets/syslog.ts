/**
 * Syslog over TCP and TLS, in both framings: a count in front of each message (RFC 6587, 3.4.1; RFC 5425, 4.3), or a
 * trailer behind it (RFC 6587, 3.4.2).
 *
 *   syslog()                          36 20 3c 31 33 3e 68 69      6 <13>hi
 *   syslog({ framing: 'trailer' })    3c 31 33 3e 68 69 0a         <13>hi LF
 *
 * Senders use either and announce neither. So the default tells them apart by the first byte of each message, a digit or
 * `<`, also on one connection, and writes the counted one, which alone can carry every message.
 */
import { FrameOverLimitError, FrameRefusedError, InvalidOptionError } from '../../errors.ts'
import { wholeNumber } from '../../limits.ts'
import type { Codec, DecoderRun } from '../../types.ts'
import { BlockWriter } from '../block-writer.ts'
import { delimiter } from '../delimiter.ts'
import { DelimiterFramer, type DelimiterRules } from '../delimiter-framer.ts'
import { FirstByteFramer } from '../first-byte-framer.ts'
import { FrameDecoder, type Framer } from '../frame-decoder.ts'
import { frameEncoder } from '../frame-encoder.ts'
import { HeadedFramer } from '../headed-framer.ts'
import { joinedBytes } from '../large-frame.ts'
import { layoutOf } from '../length-layout.ts'
import { Marks } from '../marks.ts'

export interface SyslogOptions {
  /** Which framing is read: `either` (the default), only `counted`, or only `trailer`, and then that is written too. */
  framing?: 'either' | 'counted' | 'trailer'
  /** What is behind a message without a count, or several of which any may be (LF; senders of NUL and CR LF exist). */
  trailer?: string | readonly string[]
  /** The largest message in bytes (8,192: a receiver must take 2,048 and should take that). */
  maxBytes?: number
}

/**
 * Frames as syslog messages, without count and trailer.
 *
 * Decoding throws `FrameTooLargeError`, `UnexpectedEndError`, and `MalformedFrameError` for a message that begins with
 * neither a digit from 1 to 9 nor `<`; encoding throws `FrameOverLimitError`, and `FrameRefusedError` for an empty message
 * and, where a trailer is written, for one with the trailer in it.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(text(syslog())), forEach((message) => console.log(message)))
 */
export function syslog({ framing = 'either', trailer = '\n', maxBytes = 8192 }: SyslogOptions = {}): Codec<Uint8Array> {
  wholeNumber('maxBytes', maxBytes)
  const marks = new Marks('trailer', typeof trailer === 'string' ? [trailer] : trailer)
  if (framing === 'trailer') return delimiter(trailer, { name: 'syslog', maxBytes, skipEmpty: true })
  if (framing !== 'either' && framing !== 'counted') {
    throw new InvalidOptionError('framing', framing, "'either', 'counted' or 'trailer'")
  }
  const name = 'syslog'
  const layout = layoutOf({ name: 'syslog', prefix: { ascii: 'decimal', end: ' ' } })
  const rules = { name, marks, begin: undefined, maxGarbageBytes: 0, keep: false, skipEmpty: false, maxBytes }
  const framer = (run: DecoderRun | undefined): Framer<Uint8Array> => {
    const limit = joinedBytes(maxBytes, run)
    const counted = new HeadedFramer(name, layout, { limit, maxBytes, header: undefined }) as Framer<Uint8Array>
    const line = framing === 'either' ? new DelimiterFramer(rules satisfies DelimiterRules, limit) : undefined
    return new FirstByteFramer(name, (byte) =>
      byte >= 0x31 && byte <= 0x39 ? counted : byte === 0x3c ? line : undefined
    )
  }
  return {
    name,
    decoder: (run) => new FrameDecoder(framer(run), run),
    encoder: () => {
      const writer = new BlockWriter(name, layout)
      return frameEncoder((message: Uint8Array, packer) => {
        const size = message.byteLength
        if (size > maxBytes) throw new FrameOverLimitError(name, size, maxBytes)
        if (size === 0) throw new FrameRefusedError(name, 'that is empty: no count says so')
        writer.put(message, packer)
      })
    }
  }
}
