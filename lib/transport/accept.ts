/**
 * The listening half of TCP, TLS and Unix sockets: opens the socket, makes a connection of everything accepted, closes.
 *
 * Closing stops accepting and waits for nobody: connections belong to whoever took them. (Node's own `close` waits for
 * idle clients for ever.)
 */
import { createServer, type Socket } from 'node:net'
import { InvalidOptionError } from '../errors.ts'
import type { RefuseReason } from '../events.ts'
import { limits, milliseconds, permissions, wholeNumber } from '../limits.ts'
import type { TlsListenOptions } from '../tls-options.ts'
import type { Address, Clock } from '../types.ts'
import { type Bound, bind, type StreamEndpoint } from './bind.ts'
import { parseEndpoint } from './endpoint.ts'
import type { Place } from './place.ts'
import { Entrance, type EntranceEvents, type ProxyProtocolOptions } from './proxy-protocol/entrance.ts'
import { useReadBuffer } from './read-buffer.ts'
import { address, descriptorOf, markReset, SocketConnection } from './socket-connection.ts'
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
  /** Every connection comes from a proxy, which says in front of it who the client is. */
  proxyProtocol?: ProxyProtocolOptions | undefined
  /** Permissions of Unix sockets (0o600: only this user may connect). */
  unixMode?: number | undefined
}

export interface Acceptor {
  /** With the real port. */
  readonly endpoint: string
  /** Whether it speaks TLS. */
  readonly secure: boolean
  /** Reads certificates again, where there are any. */
  reload(): Promise<void>
  /** Gives up the place where it listens. A socket that was handed to this process stays open: see `AcceptEvents.full`. */
  suspend(): void
  /** @throws ListenError when somebody else is there now */
  resume(): Promise<void>
  close(): Promise<void>
}

/** What an acceptor tells beside connections. */
export interface AcceptEvents {
  connection(connection: SocketConnection): void
  error(error: Error): void
  /** Whether one more is turned away at once, before its PROXY header and TLS. */
  full?(descriptor: number | undefined): RefuseReason | undefined
  /** One that was turned away, or whose PROXY header or TLS handshake came to nothing. */
  refused?(remote: Address, reason: RefuseReason, error?: unknown): void
  reloaded?(error?: unknown): void
}

/**
 * @throws InvalidOptionError for certificates and other options that cannot be used
 * @throws ListenError when the endpoint is taken, not ours, or does not resolve
 */
export async function accept(endpoint: StreamEndpoint, options: AcceptOptions, on: AcceptEvents): Promise<Acceptor> {
  const { backlog = limits.backlog, noDelay = true, keepAlive = true, ipv6Only = false } = options
  const { lingerMs, clock, readBuffers = true, unixMode = limits.unixMode } = options
  wholeNumber('backlog', backlog)
  milliseconds('lingerMs', lingerMs ?? limits.lingerMs)
  permissions('unixMode', unixMode)
  const server = createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
    highWaterMark: limits.highWaterBytes,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: 60_000
  })
  const common = {
    ...(lingerMs === undefined ? {} : { lingerMs }),
    ...(clock === undefined ? {} : { clock })
  }
  const secure = isSecure(endpoint)
  const enter = (socket: Socket, place: Place | undefined, unread?: Uint8Array): void => {
    if (secured !== undefined) {
      // Node's TLS begins with what the socket still holds.
      if (unread !== undefined) socket.unshift(unread)
      secured.take(socket, place)
      return
    }
    const connection = new SocketConnection(socket, {
      readBuffer: readBuffers && useReadBuffer(socket),
      place,
      ...common
    })
    if (unread !== undefined) connection.received(unread)
    on.connection(connection)
  }
  const entrance = openEntrance(options, secure || readBuffers, { entered: enter, refused: on.refused })
  const secured = secure ? await openTls(options, on) : undefined
  let bound: Bound | undefined
  server.on('connection', (socket: Socket) => {
    const reason = on.full?.(descriptorOf(socket))
    if (reason !== undefined) turnAway(socket, bound?.place, reason, on)
    else if (entrance === undefined) enter(socket, bound?.place)
    else
      entrance.take(
        socket,
        bound?.place ?? {
          remote: address(socket.remoteAddress, socket.remotePort),
          local: address(socket.localAddress, socket.localPort)
        }
      )
  })
  const open = async (at: StreamEndpoint): Promise<Bound> => {
    const now = await bind(server, at, { backlog, ipv6Only, unixMode })
    server.off('error', on.error).on('error', on.error)
    return now
  }
  const shut = (): void => {
    server.close()
    bound?.release()
    bound = undefined
  }
  try {
    bound = await open(endpoint)
  } catch (error) {
    secured?.close()
    throw error
  }
  const { endpoint: real, ours } = bound
  return {
    endpoint: real,
    secure,
    async reload() {
      await secured?.reload()
    },
    suspend() {
      if (ours) shut()
    },
    async resume() {
      bound ??= await open(parseEndpoint(real) as StreamEndpoint)
    },
    async close() {
      shut()
      entrance?.close()
      secured?.close()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

function isSecure(endpoint: StreamEndpoint): boolean {
  return endpoint.kind === 'tls' || (endpoint.kind === 'fd' && endpoint.secure)
}

function openTls({ tls, lingerMs, readBuffers, clock }: AcceptOptions, on: AcceptEvents): Promise<TlsServer> {
  if (tls === undefined) throw new InvalidOptionError('tls', tls, 'a certificate and its key, for a tls: endpoint')
  const { connection, refused = () => {}, reloaded = () => {} } = on
  return TlsServer.open(tls, { lingerMs, readBuffers, clock }, { connection, refused, reloaded })
}

function openEntrance(
  { proxyProtocol, clock }: AcceptOptions,
  readBuffers: boolean,
  { entered, refused = () => {} }: { entered: EntranceEvents['entered']; refused: AcceptEvents['refused'] }
): Entrance | undefined {
  if (proxyProtocol === undefined) return undefined
  return new Entrance(proxyProtocol, { clock, readBuffers }, { entered, refused })
}

function turnAway(socket: Socket, place: Place | undefined, reason: RefuseReason, on: AcceptEvents): void {
  const remote = place?.remote ?? address(socket.remoteAddress, socket.remotePort)
  markReset(socket.on('error', () => {}))
  socket.destroy()
  on.refused?.(remote, reason)
}
