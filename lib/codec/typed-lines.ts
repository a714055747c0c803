/**
 * Lines as people type them, into `nc`, into `telnet`, or into a terminal that sends every key by itself.
 *
 *   68 6f 08 69 0d 0a                frames: hi             (BS and DEL take back a character, as ^W a word and ^U all)
 *   68 69 0d 00 68 6f 0a             frames: hi, ho         (CR NUL, CR LF, LF and CR end a line; empty ones are none)
 *   ff fd 01 68 69 0a                frames: <ff fc 01>, hi (telnet: DO ECHO is answered by WONT ECHO)
 *
 * A line is text. Bytes that are not UTF-8 become U+FFFD, for who types them cannot help it. Telnet (RFC 854) is taken
 * out of the stream; every option asked for is refused, by bytes that stand among the frames as `Uint8Array` and go back
 * to the peer as they are. A refusal is never answered, so that nothing loops.
 */
import { FrameOverLimitError, FrameRefusedError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import { knownOptions } from '../options-known.ts'
import type { Codec } from '../types.ts'
import { frameCodec } from './frame-codec.ts'
import { joinedBytes } from './large-frame.ts'
import { encodedText } from './text-codec.ts'
import { TypedLinesFramer } from './typed-lines-framer.ts'

const name = 'typed lines'

/** What a reader would not find in the line that was written: ends of lines and keys that edit. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const keys = /[\0\b\n\r\x15\x17\x7f]/
const lineEnd = Uint8Array.of(0x0a)

/**
 * Typed lines: a string is a line, bytes are what telnet is to be answered. The encoder writes lines as `nc` does.
 *
 * Decoding throws `FrameTooLargeError` and `UnexpectedEndError`; encoding throws `FrameOverLimitError`, and
 * `FrameRefusedError` for a line that is empty or has a key in it that ends or edits it.
 *
 * @param options.maxBytes the longest line in bytes, after what was taken back (4 KiB)
 * @throws InvalidOptionError
 * @example
 *   pipe(peer, decode(typedLines()), map((typed) => (typeof typed === 'string' ? reply(typed) : typed)), peer)
 */
export function typedLines(options: { maxBytes?: number } = {}): Codec<string | Uint8Array> {
  knownOptions('typedLines', options, ['maxBytes'])
  const maxBytes = wholeNumber('maxBytes', options.maxBytes ?? limits.delimitedBytes)
  return frameCodec<string | Uint8Array>({
    name,
    framer: ({ asBodies }) => new TypedLinesFramer(name, joinedBytes(maxBytes, { asBodies })),
    put(line, packer) {
      if (typeof line !== 'string') throw new FrameRefusedError(name, 'that is no text')
      const bytes = encodedText(line, name)
      if (bytes === undefined) throw new FrameRefusedError(name, 'with a lone surrogate: it has no UTF-8')
      if (bytes.byteLength > maxBytes) throw new FrameOverLimitError(name, bytes.byteLength, maxBytes)
      if (line === '') throw new FrameRefusedError(name, 'that is empty: it would not be read')
      if (keys.test(line)) throw new FrameRefusedError(name, 'with a key in it that ends or edits a line')
      packer.bytes(bytes)
      packer.bytes(lineEnd)
    }
  })
}
