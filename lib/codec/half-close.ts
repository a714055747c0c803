/**
 * Half-close: the sender ends only its own half behind the message, and reads the answer on the other one.
 *
 *   C: 68 65 6c 6c 6f <FIN>
 *   S:                       65 <FIN>
 *
 * On the wire a message is what it is for `close`; what differs is that both sides have one, so a server answers with a
 * message of the same kind (RFC 3912 whois answers, HTTP/1.0 bodies). The end proves no wholeness.
 */
import type { Codec } from '../types.ts'
import { type UntilEndOptions, untilEnd } from './until-end.ts'

/**
 * Everything up to the peer's end as one frame; our own end behind the frame we send.
 *
 * Decoding throws `FrameTooLargeError` over `maxBytes` (16 MiB); encoding throws `FrameOverLimitError`, and
 * `FrameRefusedError` for a second frame.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(halfClose()), map(digest), encode(halfClose()), peer)
 */
export function halfClose(options: UntilEndOptions = {}): Codec<Uint8Array> {
  return untilEnd('half-close', options)
}
