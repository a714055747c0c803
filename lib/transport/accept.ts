/**
 * The listening half of TCP, TLS and Unix sockets: opens the socket, makes a connection of everything accepted, closes.
 *
 * Closing stops accepting and waits for nobody: connections belong to whoever took them. (Node's own `close` waits for
 * idle clients for ever.)
 */
import { createServer, type Socket } from 'node:net'
import { InvalidOptionError, ListenError } from '../errors.ts'
import type { RefuseReason } from '../events.ts'
import { limits, milliseconds, wholeNumber } from '../limits.ts'
import type { TlsListenOptions } from '../tls-options.ts'
import type { Address, Clock } from '../types.ts'
import { type Endpoint, formatEndpoint } from './endpoint.ts'
import { useReadBuffer } from './read-buffer.ts'
import { address, SocketConnection } from './socket-connection.ts'
import { TlsServer } from './tls/tls-server.ts'

export interface AcceptOptions {
  /** Connections that the kernel holds ready (4,096; it cuts this to its own `somaxconn`). */
  backlog?: number
  /** Reads go into buffers of ours where this Node can do it (true), see read-buffer.ts. */
  readBuffers?: boolean
  /** How long a closing or half-closed connection may go without the peer taking a byte (30,000 ms). */
  lingerMs?: number
  /** Another clock for deadlines, for tests. */
  clock?: Clock
  /** Small writes leave at once, without Nagle's wait (true). */
  noDelay?: boolean
  /** The kernel asks silent peers whether they are alive, first after 60 s (true). */
  keepAlive?: boolean
  /** An IPv6 endpoint takes IPv6 peers only (false: `tcp://[::]:port` takes both). */
  ipv6Only?: boolean
  /** Certificates and rules for `tls:` endpoints, which need them. */
  tls?: TlsListenOptions | undefined
}

export interface Acceptor {
  /** With the real port. */
  readonly endpoint: string
  /** Reads certificates again, where there are any. */
  reload(): Promise<void>
  close(): Promise<void>
}

/** What an acceptor tells beside connections. */
export interface AcceptEvents {
  connection(connection: SocketConnection): void
  error(error: Error): void
  /** A TLS handshake that came to nothing. */
  refused?(remote: Address, reason: RefuseReason, error?: unknown): void
  reloaded?(error?: unknown): void
}

type StreamEndpoint = Exclude<Endpoint, { kind: 'udp' | 'stdio' }>

/**
 * @throws InvalidOptionError for certificates that cannot be used
 * @throws ListenError when the endpoint is taken, not ours, or does not resolve
 */
export async function accept(endpoint: StreamEndpoint, options: AcceptOptions, on: AcceptEvents): Promise<Acceptor> {
  const { backlog = limits.backlog, noDelay = true, keepAlive = true, ipv6Only = false } = options
  wholeNumber('backlog', backlog)
  milliseconds('lingerMs', options.lingerMs ?? limits.lingerMs)
  const path = endpoint.kind === 'unix' ? endpoint.path : undefined
  const server = createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
    highWaterMark: limits.highWaterBytes,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: 60_000
  })
  const { lingerMs, readBuffers, clock } = options
  const common = {
    ...(lingerMs === undefined ? {} : { lingerMs }),
    ...(clock === undefined ? {} : { clock }),
    ...(path === undefined ? {} : { path })
  }
  const secured = endpoint.kind === 'tls' ? await openTls(options, on) : undefined
  server.on('connection', (socket: Socket) => {
    if (secured !== undefined) secured.take(socket)
    else
      on.connection(
        new SocketConnection(socket, { readBuffer: readBuffers !== false && useReadBuffer(socket), ...common })
      )
  })
  const at = formatEndpoint(endpoint.kind, endpoint)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      secured?.close()
      reject(new ListenError(at, whyNot(cause), { cause }))
    })
    server.listen(path === undefined ? { ...endpoint, backlog, ipv6Only } : { path, backlog }, resolve)
  })
  server.removeAllListeners('error')
  server.on('error', on.error)
  const bound = server.address()
  return {
    endpoint:
      bound === null || typeof bound === 'string'
        ? at
        : formatEndpoint(endpoint.kind, address(bound.address, bound.port)),
    async reload() {
      await secured?.reload()
    },
    async close() {
      server.close()
      secured?.close()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

function openTls({ tls, lingerMs, readBuffers, clock }: AcceptOptions, on: AcceptEvents): Promise<TlsServer> {
  if (tls === undefined) throw new InvalidOptionError('tls', tls, 'a certificate and its key, for a tls: endpoint')
  const { connection, refused = () => {}, reloaded = () => {} } = on
  return TlsServer.open(tls, { lingerMs, readBuffers, clock }, { connection, refused, reloaded })
}

/** What the system's code means, in words. */
export function whyNot(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'it is in use'
    case 'EACCES':
      return 'permission denied'
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name does not resolve'
    case 'ECONNRESET':
      return 'the connection was reset at once'
    case 'ECONNREFUSED':
      return 'nobody listens there'
    case 'ENOENT':
      return 'there is no such path'
    case 'ETIMEDOUT':
      return 'no answer'
    default:
      return error.message
  }
}
