/**
 * The listening half of TCP and Unix sockets: opens the socket, makes a connection of everything accepted, closes.
 *
 * Closing stops accepting and waits for nobody: connections belong to whoever took them. (Node's own `close` waits for
 * idle clients for ever.)
 */
import { createServer, type Socket } from 'node:net'
import { ListenError } from '../errors.ts'
import { limits, milliseconds, wholeNumber } from '../limits.ts'
import type { Clock } from '../types.ts'
import { type Endpoint, formatEndpoint } from './endpoint.ts'
import { useReadBuffer } from './read-buffer.ts'
import { address, SocketConnection } from './socket-connection.ts'

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
}

export interface Acceptor {
  /** With the real port. */
  readonly endpoint: string
  close(): Promise<void>
}

type StreamEndpoint = Exclude<Endpoint, { kind: 'udp' | 'stdio' }>

/** @throws ListenError when the endpoint is taken, not ours, or does not resolve */
export async function accept(
  endpoint: StreamEndpoint,
  options: AcceptOptions,
  onConnection: (connection: SocketConnection) => void,
  onError: (error: Error) => void
): Promise<Acceptor> {
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
  server.on('connection', (socket: Socket) => {
    const readBuffer = options.readBuffers !== false && useReadBuffer(socket)
    onConnection(
      new SocketConnection(socket, {
        readBuffer,
        ...(options.lingerMs === undefined ? {} : { lingerMs: options.lingerMs }),
        ...(path === undefined ? {} : { path }),
        ...(options.clock === undefined ? {} : { clock: options.clock })
      })
    )
  })
  const at = formatEndpoint(endpoint.kind, endpoint)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(new ListenError(at, whyNot(cause), { cause })))
    server.listen(path === undefined ? { ...endpoint, backlog, ipv6Only } : { path, backlog }, resolve)
  })
  server.removeAllListeners('error')
  server.on('error', onError)
  const bound = server.address()
  return {
    endpoint:
      bound === null || typeof bound === 'string' ? at : formatEndpoint('tcp', address(bound.address, bound.port)),
    async close() {
      server.close()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
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
