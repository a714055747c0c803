/**
 * Close: the sender sends one message and closes its connection; the end of the stream is the end of the message.
 *
 *   close()   68 65 6c 6c 6f <FIN>
 *
 * The oldest framing there is (RFC 959 data connections, RFC 1288 finger answers). Nobody can answer, for the sender is
 * gone. The end proves no wholeness: a sender that dies in the middle looks the same, see `untilEnd`.
 */
import type { Codec } from '../types.ts'
import { type UntilEndOptions, untilEnd } from './until-end.ts'

/**
 * The whole stream as one frame.
 *
 * Decoding throws `FrameTooLargeError` over `maxBytes` (16 MiB); encoding throws `FrameOverLimitError`, and
 * `FrameRefusedError` for a second frame.
 *
 * @throws InvalidOptionError
 * @example const [document] = await pipe(peer, decode(close()), collect())
 */
export function close(options: UntilEndOptions = {}): Codec<Uint8Array> {
  return untilEnd('close', options)
}
