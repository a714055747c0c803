import type { Address } from './types.ts'

/**
 * Who a peer is, for a line that people read.
 *
 * @example formatPeer(peer.remote) // '127.0.0.1:51234', '[::1]:51234', or 'a local socket' where there is no address
 */
export function formatPeer({ host, port, path }: Address): string {
  if (host === undefined) return path ?? 'a local socket'
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
