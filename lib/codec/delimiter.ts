/**
 * Delimiter: a mark of one or more bytes ends every frame.
 *
 *   delimiter('\n')                 68 65 6c 6c 6f 0a            frame: hello
 *   delimiter('?', { keep: true })  57 68 79 3f                  frame: Why?
 *
 * Every byte is searched once however the bytes were cut. The encoder refuses a payload in which a reader would find the
 * mark: that is how frames get injected.
 */
import { FrameOverLimitError, FrameRefusedError, InvalidOptionError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Codec } from '../types.ts'
import { DelimiterFramer, type DelimiterRules } from './delimiter-framer.ts'
import { delimiterText } from './delimiter-text.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { frameEncoder } from './frame-encoder.ts'
import { indexOfMark } from './index-of-mark.ts'

export interface DelimiterOptions {
  /** Whether frames carry their mark (false). */
  keep?: boolean
  /** The largest frame in bytes as it is given out (4 KiB). */
  maxBytes?: number
}

/**
 * Frames that end in `mark` (text is taken as UTF-8).
 *
 * Decoding throws `FrameTooLargeError` and `UnexpectedEndError`; encoding throws `FrameOverLimitError`, and
 * `FrameRefusedError` for a payload with the mark in it, or with `keep` for a frame that does not end in it.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(text(delimiter('\r\n'))), map(reply), encode(text(delimiter('\r\n'))), peer)
 */
export function delimiter(mark: string | Uint8Array, options: DelimiterOptions = {}): Codec<Uint8Array> {
  const { keep = false, maxBytes = limits.delimitedBytes } = options
  const bytes = typeof mark === 'string' ? new TextEncoder().encode(mark) : Uint8Array.from(mark)
  if (bytes.byteLength === 0) throw new InvalidOptionError('delimiter', mark, 'at least one byte')
  wholeNumber('maxBytes', maxBytes, keep ? bytes.byteLength : 1)
  const name = `delimiter(${JSON.stringify(typeof mark === 'string' ? mark : Buffer.from(mark).toString('hex'))})`
  const hopeless = keep ? maxBytes : maxBytes + bytes.byteLength
  const latin1 = Buffer.from(bytes).toString('latin1')
  const rules: DelimiterRules = { name, mark: bytes, latin1, keep, maxBytes, hopeless }
  const codec: Codec<Uint8Array> = {
    name,
    decoder: (run) => new FrameDecoder(new DelimiterFramer(rules), run),
    encoder: () =>
      frameEncoder((frame: Uint8Array, packer) => {
        check(rules, frame)
        packer.bytes(frame)
        if (!keep) packer.bytes(bytes)
      })
  }
  const asText = delimiterText(rules, codec)
  return asText === undefined ? codec : { ...codec, asText }
}

function check({ name, mark, keep, maxBytes }: DelimiterRules, frame: Uint8Array): void {
  const size = frame.byteLength
  if (size > maxBytes) throw new FrameOverLimitError(name, size, maxBytes)
  const markSize = mark.byteLength
  if (keep) {
    const found = indexOfMark(frame, mark, 0, size)
    if (found < 0) throw new FrameRefusedError(name, 'without the delimiter at its end')
    if (found !== size - markSize) throw new FrameRefusedError(name, `with the delimiter inside, at byte ${found}`)
    return
  }
  let found = indexOfMark(frame, mark, 0, size)
  if (found < 0 && markSize > 1) {
    const tail = frame.subarray(Math.max(0, size - markSize + 1))
    const border = new Uint8Array(tail.byteLength + markSize)
    border.set(tail)
    border.set(mark, tail.byteLength)
    const early = indexOfMark(border, mark, 0, border.byteLength)
    if (early !== tail.byteLength) found = size - tail.byteLength + early
  }
  if (found >= 0) throw new FrameRefusedError(name, `with the delimiter inside, at byte ${found}`)
}
