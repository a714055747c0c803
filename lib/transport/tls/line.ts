/**
 * What lies below TLS: a socket whose bytes go on to Node's TLS, and whose end does not.
 *
 * Node reports two things in the same way: the peer's close_notify, and a line that stopped without one, cut by anybody on
 * the way. Where Node reads the socket itself nothing tells them apart. So TLS runs over this stream instead, which is no
 * more than the socket's own methods; the end of the socket is kept from it, and then an `end` of the TLS stream is a
 * close_notify and nothing else.
 */
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { limits } from '../../limits.ts'
import { readInto } from '../read-buffer.ts'

const LINE: unique symbol = Symbol('it-serve.line')
type Below = Socket & { [LINE]: Line }

/** All lines share it: TLS copies what it is given. */
const scratch = Buffer.allocUnsafeSlow(limits.highWaterBytes)
const again = (): Uint8Array => scratch

/** As much of a Duplex as Node's TLS uses; a real one would copy every byte into queues of its own. */
export class Line extends EventEmitter {
  readonly socket: Socket
  readonly allowHalfOpen = true
  readonly readable = true
  readonly writable = true

  /** Answers to what came in one read leave in one write: set behind the handshake. */
  tls: TLSSocket | undefined

  #unread: Uint8Array | undefined

  /**
   * @param socket paused, with `allowHalfOpen`
   * @param unread bytes that were read from it already
   */
  constructor(socket: Socket, unread?: Uint8Array) {
    super()
    this.#unread = unread
    this.socket = socket
    ;(socket as Below)[LINE] = this
    if (!readInto(socket, scratch, again, passOn)) socket.on('data', onData)
    socket.on('close', onClose)
  }

  /** For Node, which wants to see a Duplex. */
  get stream(): Duplex {
    return this as unknown as Duplex
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    const unread = this.#unread
    this.#unread = undefined
    if (unread !== undefined) queueMicrotask(() => this.emit('data', unread))
    this.socket.resume()
  }

  cork(): void {
    this.socket.cork()
  }

  uncork(): void {
    this.socket.uncork()
  }

  write(bytes: Uint8Array, written: (error?: Error | null) => void): boolean {
    return this.socket.write(bytes, written)
  }

  end(ended: () => void): void {
    this.socket.end(ended)
  }

  destroy(): void {
    this.socket.destroy()
  }
}

function passOn(this: Socket, length: number): boolean {
  arrived((this as Below)[LINE], scratch.subarray(0, length))
  return true
}

function onData(this: Socket, bytes: Uint8Array): void {
  arrived((this as Below)[LINE], bytes)
}

function arrived(line: Line, bytes: Uint8Array): void {
  const { tls } = line
  tls?.cork()
  line.emit('data', bytes)
  tls?.uncork()
}

function onClose(this: Socket): void {
  ;(this as Below)[LINE].emit('close')
}
