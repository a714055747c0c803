/**
 * The header that a proxy sends in front of a connection's own bytes, so that a server learns who the client is (HAProxy,
 * "The PROXY protocol", doc/proxy-protocol.txt): version 1 is a line of text, version 2 is binary.
 *
 *   PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n
 *
 * Reading is strict: what is not exactly a header is an error as soon as its first wrong byte is here, and whether there is
 * one is never guessed.
 */
import { limits } from '../../limits.ts'
import type { ProxyHeaderFields, ReadHeader } from './header.ts'
import { formatVersion1, readVersion1 } from './version-1.ts'
import { formatVersion2, readVersion2 } from './version-2.ts'

/**
 * Reads the header at the beginning of some bytes; undefined while it is not whole.
 *
 * @throws MalformedFrameError where these bytes begin no header
 * @throws FrameTooLargeError for one of more than `maxBytes` (2,048)
 * @example parseProxyHeader(Buffer.from('PROXY UNKNOWN\r\nhello')) // { header: { version: 1, command: 'local', ... }, length: 15 }
 */
export function parseProxyHeader(
  bytes: Uint8Array,
  maxBytes: number = limits.proxyHeaderBytes
): ReadHeader | undefined {
  if (bytes.length === 0) return undefined
  return bytes[0] === 0x0d ? readVersion2(bytes, maxBytes) : readVersion1(bytes, maxBytes)
}

/**
 * Writes a header. Where source and destination are not both there, or not of one family, it says `UNKNOWN` or `UNSPEC`.
 *
 * @throws InvalidOptionError for an address or an extension that no header can carry
 * @example formatProxyHeader({ version: 1, source: { host: '192.0.2.1', port: 1 }, destination: { host: '192.0.2.2', port: 2 } })
 */
export function formatProxyHeader(fields: ProxyHeaderFields): Uint8Array {
  return fields.version === 1 ? formatVersion1(fields) : formatVersion2(fields)
}
