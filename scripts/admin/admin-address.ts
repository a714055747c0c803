/** Where the admin endpoint is, and who may speak to it. */
import { formatEndpoint, InvalidOptionError, parseEndpoint } from '../../lib/index.ts'

export type AdminAddress = { readonly path: string } | { readonly host: string; readonly port: number }

/**
 * Reads `127.0.0.1:9090`, `[::1]:9090`, `localhost:0` or `unix:/path`.
 *
 * @param anywhere allows an address that others can reach
 * @throws InvalidOptionError
 */
export function adminAddress(text: string, anywhere: boolean): AdminAddress {
  const expected = 'host:port or unix:/path'
  let endpoint: ReturnType<typeof parseEndpoint>
  try {
    endpoint = parseEndpoint(text.startsWith('unix:') ? text : `tcp://${text}`)
  } catch {
    throw new InvalidOptionError('--admin', text, expected)
  }
  if (endpoint.kind === 'unix') return { path: endpoint.path }
  if (endpoint.kind !== 'tcp') throw new InvalidOptionError('--admin', text, expected)
  const { host, port } = endpoint
  if (!anywhere && !isLoopback(host)) {
    const why =
      'an address of this machine alone: whoever reaches it sees every connection (--admin-anywhere allows it)'
    throw new InvalidOptionError('--admin', text, why)
  }
  return { host, port }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** How it is told: a URL for TCP, the endpoint for a Unix socket. */
export function adminUrl(address: AdminAddress): string {
  return 'path' in address ? `unix:${address.path}` : formatEndpoint('tcp', address).replace(/^tcp:/, 'http:')
}

/**
 * Whether a request may name this host. A page in a browser can have its own name resolve to this machine (DNS rebinding),
 * but it cannot make the browser say another name: so only numbers, localhost, and the name that was asked for are heard.
 */
export function isOurHost(header: string | undefined, asked: AdminAddress): boolean {
  // HTTP/1.0 need not say; Node refuses a 1.1 request that does not. A browser cannot reach a Unix socket.
  if (header === undefined || 'path' in asked) return true
  const name = header.replace(/:\d*$/, '').toLowerCase().replace(/\.$/, '')
  return (
    name === 'localhost' || name === asked.host.toLowerCase() || /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\])$/.test(name)
  )
}
