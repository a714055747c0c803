/**
 * DNS over TCP: two bytes, big endian, in front of every message (RFC 1035, 4.2.2).
 *
 *   dns()   00 1d | ab cd 01 00 ...      a query of 29 bytes
 *
 * Length and message leave in one write (RFC 7766, 8), and queries may be pipelined and answered in any order (6.2.1.1).
 */
import type { Codec } from '../../types.ts'
import { length } from '../length.ts'

export interface DnsOptions {
  /** The largest message in bytes (65,535, which is also the most). */
  maxBytes?: number
}

/**
 * DNS messages; what is in them is not looked at.
 *
 * Decoding throws `FrameTooLargeError` and `UnexpectedEndError`; encoding throws `FrameOverLimitError`.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(dns()), mapAsync(resolve), encode(dns()), peer)
 */
export function dns({ maxBytes = 0xffff }: DnsOptions = {}): Codec<Uint8Array> {
  return length({ name: 'dns', prefix: 2, maxBytes })
}
