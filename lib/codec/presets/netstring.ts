/**
 * Netstrings: decimal length, colon, bytes, comma. https://cr.yp.to/proto/netstrings.txt
 *
 *   netstring()   31 32 3a 68 65 6c 6c 6f 20 77 6f 72 6c 64 21 2c      12:hello world!,
 *
 * A leading zero is refused, and so is a frame that does not end in its comma. qmail, SCGI headers and Mongrel speak it.
 */
import type { Codec } from '../../types.ts'
import { length } from '../length.ts'

export interface NetstringOptions {
  /** The largest string in bytes, without digits, colon and comma (1 MiB). */
  maxBytes?: number
}

/**
 * Frames as netstrings.
 *
 * Decoding throws `FrameTooLargeError`, `MalformedFrameError` (no digit where one should be, a leading zero, no colon, no
 * comma) and `UnexpectedEndError`; encoding throws `FrameOverLimitError`.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(netstring()), map(answer), encode(netstring()), peer)
 */
export function netstring(options: NetstringOptions = {}): Codec<Uint8Array> {
  return length({ name: 'netstring', ...options, prefix: { ascii: 'decimal', end: ':' }, trailer: ',' })
}
