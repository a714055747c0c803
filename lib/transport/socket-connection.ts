/**
 * A connection over a net.Socket (TCP, Unix, and TLS in tls/tls-connection.ts): drive and outlet on Node's own events, nothing else.
 *
 * What Node gets wrong is met here, once: the end of the peer's half never ends ours; a reset never passes for an end
 * (also where libuv says `end`, see `peerEnded`); a reset never takes bytes with it that were already read; waiting for
 * `drain` also ends with the connection; there is an error listener from accept to close; a half-closed or closing
 * connection is cut when the peer takes nothing for the linger time. All listeners are shared by all connections.
 */
import type { Socket } from 'node:net'
import { systemClock } from '../clock.ts'
import { ConnectionResetError, DeadlineError, LimitError } from '../errors.ts'
import { limits, milliseconds } from '../limits.ts'
import type { Address, Clock, ProxyInfo } from '../types.ts'
import { BaseConnection, requireBytes } from './base-connection.ts'
import type { Place } from './place.ts'
import { ON_READ } from './read-buffer.ts'

const OWNER: unique symbol = Symbol('it-serve.connection')
const NOTHING = new Uint8Array(0)

/** Knows its connection, so that all connections share their listeners. */
export type OwnedSocket = Socket & { [OWNER]: SocketConnection; [ON_READ]?: (bytes: Uint8Array) => boolean }

/** What Node's socket knows and does not tell: how much of a large write is gone already, and its file descriptor. */
type InnerSocket = Socket & { _handle?: { bytesWritten?: number; writeQueueSize?: number; fd?: number } | null }

export interface SocketOptions {
  /** Where Node reports reads: our read buffers, or `data` events. */
  readBuffer: boolean
  /** How long a closing or half-closed connection may go without the peer taking a byte (30,000 ms). */
  lingerMs?: number
  /** Where the socket itself does not know it: a Unix socket, or one behind a proxy. */
  place?: Place | undefined
  clock?: Clock
}

export class SocketConnection extends BaseConnection<Uint8Array> {
  protected readonly socket: OwnedSocket
  readonly #place: Place | undefined
  readonly #lingerMs: number
  readonly #clock: Clock
  protected ended = false
  #shutdown = false
  #full = false
  /** Bytes thrown away since `close`; -1 before it. */
  #discarded = -1
  #givenBefore = 0
  #linger: { cancel(): void } | undefined
  #whenClosed: (() => void) | undefined
  #error: Error | undefined

  /** @param socket paused, with `allowHalfOpen` */
  constructor(socket: Socket, { readBuffer, lingerMs = limits.lingerMs, place, clock = systemClock }: SocketOptions) {
    // A small view costs more than its bytes.
    super((bytes) => bytes.byteLength + 96)
    const owned = socket as OwnedSocket
    owned[OWNER] = this
    this.socket = owned
    this.#lingerMs = milliseconds('lingerMs', lingerMs)
    this.#place = place
    this.#clock = clock
    if (readBuffer) owned[ON_READ] = onData
    else socket.on('data', onData)
    socket.on('end', onEnd).on('error', onError).on('close', onClose).resume()
  }

  get local(): Address {
    return this.#place?.local ?? address(this.line.localAddress, this.line.localPort)
  }

  /** Node remembers it once it was asked for, also when the socket is gone. */
  get remote(): Address {
    return this.#place?.remote ?? address(this.line.remoteAddress, this.line.remotePort)
  }

  get proxy(): ProxyInfo | undefined {
    return this.#place?.proxy
  }

  /** What has an address. */
  protected get line(): Socket {
    return this.socket
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  write(batch: readonly Uint8Array[]): boolean {
    const socket = this.socket
    if (this.ended || socket.destroyed) return true
    const { meter } = this
    if (this.#full && meter !== undefined && socket.writableLength >= meter.mostQueued) {
      this.abort(
        new LimitError('slow_reader', `${socket.writableLength} bytes waited for the peer, and more was written`)
      )
      return true
    }
    let bytes = 0
    for (let index = 0; index < batch.length; index++) {
      requireBytes(batch[index])
      bytes += (batch[index] as Uint8Array).byteLength
    }
    if (batch.length === 1) {
      socket.write(batch[0] as Uint8Array)
    } else {
      socket.cork()
      for (let index = 0; index < batch.length; index++) socket.write(batch[index] as Uint8Array)
      socket.uncork()
    }
    const queued = socket.writableLength
    meter?.wrote(bytes, queued)
    if (queued < socket.writableHighWaterMark || socket.destroyed) return true
    if (!this.#full) socket.once('drain', onDrain)
    this.#full = true
    return false
  }

  /** A write that the kernel took at once leaves nothing behind in Node. */
  get flushed(): boolean {
    return this.socket.writableLength === 0
  }

  /** Behind everything queued: while a shutdown waits for the queue, libuv cannot reset the socket. */
  end(): void {
    if (this.ended) return
    this.ended = true
    const shutDown = (error?: Error | null): void => {
      if (error != null || this.socket.destroyed) return
      this.#shutdown = true
      this.socket.once('finish', onFinish).end()
    }
    if (this.socket.writableLength === 0) shutDown()
    else this.socket.write(NOTHING, shutDown)
  }

  hangUp(): void {
    if (!this.socket.writableFinished) return
    this.over()
    this.socket.destroy()
  }

  protected async finish(lingerMs: number = this.#lingerMs): Promise<void> {
    const socket = this.socket
    if (socket.closed) return
    const closed = new Promise<void>((resolve) => {
      this.#whenClosed = resolve
    })
    if (this.death === undefined && !socket.destroyed) {
      this.end()
      this.#discarded = 0
      socket.resume()
      this.#armLinger(lingerMs)
    }
    await closed
  }

  /**
   * A reset. Node's own `resetAndDestroy` first waits until everything queued is written; this sets the mark that it sets
   * and destroys. Once our end is on its way there is nothing queued and nothing left to cut.
   */
  protected cut(): void {
    const ending = this.#shutdown && !this.socket.writableFinished
    if (!ending) this.reset()
    this.socket.destroy()
  }

  protected reset(): void {
    markReset(this.socket)
  }

  override get taken(): number {
    return this.socket.bytesRead
  }

  /** Also of a large write that is not through: Node itself counts it only as a whole. */
  override get given(): number {
    const { bytesWritten, writeQueueSize } = (this.line as InnerSocket)._handle ?? {}
    if (typeof bytesWritten === 'number' && typeof writeQueueSize === 'number') return bytesWritten - writeQueueSize
    return this.line.bytesWritten - this.line.writableLength
  }

  override get queued(): number {
    return this.socket.writableLength === 0 ? 0 : Math.max(0, this.socket.bytesWritten - this.given)
  }

  /** The number of its file descriptor, where the system has such numbers: the lowest that was free. */
  get descriptor(): number | undefined {
    return descriptorOf(this.line)
  }

  /** From the socket. True when nothing of the bytes is kept. */
  received(bytes: Uint8Array): boolean {
    if (this.#discarded < 0) {
      const { byteLength } = bytes
      const spent = this.source.deliver([bytes])
      this.meter?.arrived(byteLength)
      return spent
    }
    this.#discarded += bytes.byteLength
    if (this.#discarded > limits.discardBytes) this.socket.pause()
    return true
  }

  /**
   * libuv before 1.52 (Node 20 and 22) reports a reset that lies behind unread data as an end. While our half is open an
   * empty write tells the two apart, once what is queued before it went out; behind our own end it cannot be told.
   */
  peerEnded(): void {
    const socket = this.socket
    this.waitForPeer()
    const end = (error?: Error | null): void => {
      if (error == null) this.source.end()
    }
    if (socket.writable) socket.write(NOTHING, end)
    else end()
  }

  /** From now on the peer only takes what we send; it may not rest for longer than the linger time. */
  protected waitForPeer(): void {
    if (!this.socket.writableFinished) this.#armLinger(this.#lingerMs)
  }

  /** Whether `close` was called: nobody wants to know any more what comes. */
  protected get discarding(): boolean {
    return this.#discarded >= 0
  }

  /** Why the socket is about to close. */
  failed(error: Error): void {
    this.#error ??= error
  }

  roomAgain(): void {
    this.#full = false
    this.watcher?.drained()
  }

  endSent(): void {
    this.sent()
  }

  closed(): void {
    const socket = this.socket
    this.#linger?.cancel()
    if (this.death === undefined) this.#takeWhatNodeHolds()
    if (socket.readableEnded && socket.writableFinished && this.#error === undefined) {
      this.over()
    } else {
      this.gone(new ConnectionResetError(this.remote, this.#error === undefined ? {} : { cause: this.#error }))
    }
    this.#whenClosed?.()
  }

  #takeWhatNodeHolds(): void {
    for (let bytes = this.socket.read(); bytes !== null; bytes = this.socket.read()) this.received(bytes)
  }

  #armLinger(ms: number): void {
    this.#linger?.cancel()
    this.#givenBefore = this.given
    this.#linger = this.#clock.after(ms, () => this.#lingered(ms))
  }

  #lingered(ms: number): void {
    if (this.given > this.#givenBefore) this.#armLinger(ms)
    else this.abort(new DeadlineError('the peer of a closing connection took no byte', ms))
  }
}

/** The number of a socket's file descriptor, where the system has such numbers: the lowest that was free. */
export function descriptorOf(socket: Socket): number | undefined {
  return (socket as InnerSocket)._handle?.fd
}

/** Bytes that wait in libuv until the kernel takes them. */
export function waitingOn(socket: Socket): number {
  return (socket as InnerSocket)._handle?.writeQueueSize ?? 0
}

/** The next `destroy` of the socket is a reset; a Unix socket has none. Node's own `resetAndDestroy` would wait for what is queued. */
export function markReset(socket: Socket): void {
  const { _handle } = socket as Socket & { _handle?: { reset?: unknown } | null }
  if (typeof _handle?.reset === 'function') (socket as Socket & { resetAndClosing?: boolean }).resetAndClosing = true
}

function onData(this: Socket, bytes: Uint8Array): boolean {
  return (this as OwnedSocket)[OWNER].received(bytes)
}

function onEnd(this: Socket): void {
  ;(this as OwnedSocket)[OWNER].peerEnded()
}

function onError(this: Socket, error: Error): void {
  ;(this as OwnedSocket)[OWNER].failed(error)
}

function onClose(this: Socket): void {
  ;(this as OwnedSocket)[OWNER].closed()
}

function onDrain(this: Socket): void {
  ;(this as OwnedSocket)[OWNER].roomAgain()
}

function onFinish(this: Socket): void {
  ;(this as OwnedSocket)[OWNER].endSent()
}

/** An IPv4 peer of a dual-stack socket is shown as the IPv4 address that it has. */
export function address(host: string | undefined, port: number | undefined): Address {
  if (host === undefined || port === undefined) return {}
  return { host: host.startsWith('::ffff:') ? host.slice(7) : host, port }
}
