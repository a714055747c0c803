/** Puts a server's listening socket where an endpoint says, and tells where that is. */
import type { AddressInfo, Server } from 'node:net'
import { ListenError } from '../errors.ts'
import { bindPath } from './bind-path.ts'
import { type Endpoint, formatEndpoint } from './endpoint.ts'
import { pathOf, requireSocket } from './inherited-sockets.ts'
import { listening } from './listening.ts'
import { atPath, type Place } from './place.ts'
import { address } from './socket-connection.ts'
import { whyNot } from './why-not.ts'

export type StreamEndpoint = Exclude<Endpoint, { kind: 'udp' | 'stdio' | 'systemd' }>

export interface BindOptions {
  readonly backlog: number
  readonly ipv6Only: boolean
  readonly unixMode: number
}

/** A server that listens. */
export interface Bound {
  /** With the real port. */
  readonly endpoint: string
  /** For whoever connects to a Unix socket. */
  readonly place: Place | undefined
  /** Whether it was opened here, so that it can be closed and opened again. */
  readonly ours: boolean
  /** To be called when the server is closed. */
  release(): void
}

/** @throws ListenError when the endpoint is taken, not ours, or does not resolve */
export async function bind(server: Server, endpoint: StreamEndpoint, options: BindOptions): Promise<Bound> {
  const at = formatEndpoint(endpoint.kind, endpoint)
  try {
    return await bound(server, endpoint, options)
  } catch (cause) {
    throw cause instanceof ListenError ? cause : new ListenError(at, whyNot(cause as NodeJS.ErrnoException), { cause })
  }
}

async function bound(server: Server, endpoint: StreamEndpoint, options: BindOptions): Promise<Bound> {
  const { backlog, ipv6Only, unixMode } = options
  const release = (): void => {}
  if (endpoint.kind === 'unix') {
    const { path } = endpoint
    const claimed = await bindPath(server, path, { backlog, mode: unixMode })
    return { endpoint: formatEndpoint('unix', endpoint), place: atPath(path), ours: true, release: claimed.release }
  }
  if (endpoint.kind !== 'fd') {
    await listening(server, { host: endpoint.host, port: endpoint.port, backlog, ipv6Only })
    return { endpoint: nameOf(server, endpoint.kind), place: undefined, ours: true, release }
  }
  requireSocket(endpoint)
  await listening(server, { fd: endpoint.fd, backlog }).catch(notListening)
  const kind = endpoint.secure ? 'tls' : 'tcp'
  if (server.address() !== null && typeof server.address() === 'object') {
    return { endpoint: nameOf(server, kind), place: undefined, ours: false, release }
  }
  const path = pathOf(endpoint.fd)
  const at = path === undefined ? formatEndpoint('fd', endpoint) : formatEndpoint('unix', { path })
  return { endpoint: at, place: atPath(path ?? `fd:${endpoint.fd}`), ours: false, release }
}

function notListening(cause: NodeJS.ErrnoException): never {
  if (cause.code !== 'EINVAL') throw cause
  throw Object.assign(new Error('it is a connection, and no place to listen at (stdio: serves one)'), { cause })
}

function nameOf(server: Server, kind: 'tcp' | 'tls'): string {
  const { address: host, port } = server.address() as AddressInfo
  return formatEndpoint(kind, address(host, port))
}
