/** Keeps a server that needs to know its peers from listening where anybody can reach it without a login. */
import { isIP, type Socket } from 'node:net'
import { InvalidOptionError } from '../errors.ts'
import { isLoopback } from '../gate/source-group.ts'
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
  const { remoteAddress = '127.0.0.1' } = process.stdin as Partial<Socket>
  if (endpoint.kind === 'stdio' && isLoopback(remoteAddress)) return
  // A socket that somebody else opened may listen anywhere.
  // A name may begin with 127. and mean anything.
  const host = 'host' in endpoint ? endpoint.host : ''
  if (host === 'localhost' || (isIP(host) !== 0 && isLoopback(host))) return
  const login = 'an authentication key, or at a tls: endpoint client certificates'
  throw new InvalidOptionError('endpoint', url, `a loopback address, for ${name} without a login (${login})`)
}
