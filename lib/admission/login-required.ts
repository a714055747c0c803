/** Keeps a server that needs to know its peers from listening where anybody can reach it without a login. */
import { isIPv4, type Socket } from 'node:net'
import { InvalidOptionError } from '../errors.ts'
import type { Gate, Server } from '../server.ts'
import type { TlsListenOptions } from '../tls-options.ts'
import { parseEndpoint } from '../transport/endpoint.ts'

/**
 * Who can reach a loopback address, a Unix socket or our standard input is on this machine already.
 *
 * @throws InvalidOptionError
 */
export function requireLogin(
  { name, loginOffLoopback = false }: Pick<Server, 'name' | 'loginOffLoopback'>,
  url: string,
  { gates, tls }: { gates: readonly Gate[]; tls?: TlsListenOptions | undefined }
): void {
  if (!loginOffLoopback || gates.some(({ login }) => login === true)) return
  const endpoint = parseEndpoint(url)
  if (endpoint.kind === 'tls' && tls?.clientCa !== undefined) return
  if (endpoint.kind === 'unix') return
  // Under inetd it is a socket, which knows who is there.
  const { remoteAddress = 'localhost' } = process.stdin as Partial<Socket>
  if (endpoint.kind === 'stdio' && isLoopback(remoteAddress.replace(/^::ffff:/, ''))) return
  // A socket that somebody else opened may listen anywhere.
  if ('host' in endpoint && isLoopback(endpoint.host)) return
  const login = 'an authentication key, or at a tls: endpoint client certificates'
  throw new InvalidOptionError('endpoint', url, `a loopback address, for ${name} without a login (${login})`)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}
