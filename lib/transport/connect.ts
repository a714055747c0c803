import { Socket, type SocketConstructorOpts } from 'node:net'
import { ConnectError, DeadlineError, InvalidOptionError } from '../errors.ts'
import { limits, milliseconds } from '../limits.ts'
import { knownOptions } from '../options-known.ts'
import type { TlsConnectOptions } from '../tls-options.ts'
import type { Connection, Login } from '../types.ts'
import { parseEndpoint } from './endpoint.ts'
import { logIn } from './log-in.ts'
import { atPath } from './place.ts'
import type { ProxyHeaderFields } from './proxy-protocol/header.ts'
import { formatProxyHeader } from './proxy-protocol/proxy-header.ts'
import { onread } from './read-buffer.ts'
import { SocketConnection } from './socket-connection.ts'
import { clientSettings, secure } from './tls/tls-connect.ts'
import { whyNot } from './why-not.ts'

export interface ConnectOptions {
  /** Gives up, also while connecting; afterwards it aborts the connection. */
  signal?: AbortSignal
  /** How long to wait for the connection, a TLS handshake included (10,000 ms). */
  timeoutMs?: number
  /** Reads go into buffers of ours (true), see read-buffer.ts. */
  readBuffers?: boolean
  /** How long a closing or half-closed connection may go without the peer taking a byte (30,000 ms). */
  lingerMs?: number
  /** Small writes leave at once, without Nagle's wait (true). */
  noDelay?: boolean
  /** The kernel asks a silent peer whether it is alive, first after 60 s (true). */
  keepAlive?: boolean
  /** Whom to trust and who we are, on `tls:` endpoints; without it the authorities that Node knows. */
  tls?: TlsConnectOptions | undefined
  /**
   * Says in front of everything, TLS too, for whom the connection is, to a server that speaks the PROXY protocol:
   * `{ source: client.remote, destination: client.local }`.
   */
  proxyHeader?: ProxyHeaderFields | undefined
  /** What is said first: the promise resolves when the login is through, within `timeoutMs` too (see `authLogin`). */
  login?: Login | undefined
}

const known: Record<keyof ConnectOptions, true> = {
  signal: true,
  timeoutMs: true,
  readBuffers: true,
  lingerMs: true,
  noDelay: true,
  keepAlive: true,
  tls: true,
  proxyHeader: true,
  login: true
}

/**
 * Connects to `tcp://host:port`, `tls://host:port` or `unix:/path`. A name with several addresses is tried on all of them, both families.
 *
 * @throws InvalidOptionError for a wrong endpoint, or an option that nobody knows
 * @throws ConnectError saying why not: the name does not resolve, nobody listens there, no answer in
 *   time, a certificate is not accepted
 * @throws AuthError where the login is refused
 * @example
 *   await using server = await connect('tcp://127.0.0.1:1060')
 *   const [answer] = await pipe(batched(['Simple is better than?']), encode(question), server, decode(reply), collect())
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const endpoint = parseEndpoint(url)
  if (endpoint.kind !== 'tcp' && endpoint.kind !== 'tls' && endpoint.kind !== 'unix') {
    throw new InvalidOptionError('endpoint', url, 'tcp:, tls: or unix: (for udp: see openDatagrams)')
  }
  knownOptions('connect', options, Object.keys(known))
  const { signal, timeoutMs = limits.connectMs, readBuffers = true, noDelay = true, keepAlive = true } = options
  milliseconds('timeoutMs', timeoutMs)
  const header = options.proxyHeader === undefined ? undefined : formatProxyHeader(options.proxyHeader)
  signal?.throwIfAborted()
  const secured = endpoint.kind === 'tls' ? await clientSettings(endpoint.host, options.tls ?? {}) : undefined
  signal?.throwIfAborted()
  const socket = new Socket({
    allowHalfOpen: true,
    highWaterMark: limits.highWaterBytes,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: 60_000,
    ...(readBuffers && secured === undefined ? { onread } : {})
  } as SocketConstructorOpts)
  socket.pause()
  const began = performance.now()
  socket.connect(endpoint.kind === 'unix' ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port })
  await connected(socket, url, timeoutMs, signal)
  if (header !== undefined) socket.write(header)
  const linger = options.lingerMs === undefined ? {} : { lingerMs: options.lingerMs }
  const connection =
    secured === undefined
      ? new SocketConnection(socket, {
          readBuffer: readBuffers,
          ...linger,
          ...(endpoint.kind === 'unix' ? { place: atPath(endpoint.path) } : {})
        })
      : await secure(socket, secured, {
          url,
          timeoutMs: Math.max(1, timeoutMs - (performance.now() - began)),
          confirmMs: options.tls?.confirmMs ?? limits.confirmMs,
          signal,
          readBuffers,
          ...linger
        })
  if (signal !== undefined) {
    const abort = (): void => connection.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', abort))
  }
  if (options.login === undefined) return connection
  return logIn(connection, options.login, Math.max(1, timeoutMs - (performance.now() - began)))
}

function connected(socket: Socket, url: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
      socket.off('connect', ready).off('error', failed)
      then()
    }
    const giveUp = (error: unknown): void =>
      settle(() => {
        socket.on('error', () => {}).destroy()
        reject(error)
      })
    const ready = (): void => settle(resolve)
    const failed = (cause: NodeJS.ErrnoException): void =>
      giveUp(new ConnectError(url, whyNot(firstOf(cause)), { cause }))
    const aborted = (): void => giveUp(signal?.reason)
    const timer = setTimeout(() => {
      const cause = new DeadlineError('no connection', timeoutMs)
      giveUp(new ConnectError(url, `no answer within ${timeoutMs} ms`, { cause }))
    }, timeoutMs)
    signal?.addEventListener('abort', aborted, { once: true })
    socket.once('connect', ready).once('error', failed)
  })
}

/** Where several addresses were tried, the first one's failure stands for all; the cause has them all. */
function firstOf(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error instanceof AggregateError ? ((error.errors[0] as NodeJS.ErrnoException | undefined) ?? error) : error
}
