/**
 * A plain `net.Socket` as a peer, TCP and Unix, or Node's own `TLSSocket` over one.
 */
import type { Socket } from 'node:net'
import { Peer } from './peer.ts'

export class SocketPeer extends Peer {
  readonly #socket: Socket
  readonly #unix: boolean
  /** What goes over the line: the socket itself, unless it is of TLS. */
  readonly #line: Socket

  /** @param socket paused, with `allowHalfOpen` */
  constructor(socket: Socket, unix: boolean, line = socket) {
    super()
    this.#socket = socket
    this.#line = line
    this.#unix = unix
    socket.pause()
    socket.on('data', (bytes: Uint8Array) => this.arrived(bytes))
    socket.on('end', () => this.#end())
    socket.on('error', () => this.ended('reset'))
    socket.on('close', () => {
      this.dead = true
      this.ended('reset')
    })
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  end(): void {
    this.#socket.end()
  }

  /**
   * A Unix socket has no reset; closing both halves at once is what comes nearest. And where the end of this half is on
   * its way, libuv refuses to reset, and Node then loses the socket without closing it.
   */
  reset(): void {
    const socket = this.#socket
    const ending = socket.writableEnded && !socket.writableFinished
    if (this.#unix || ending || socket.destroyed) socket.destroy()
    else this.#line.resetAndDestroy()
  }

  get taken(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength
  }

  protected flow(on: boolean): void {
    if (on) this.#socket.resume()
    else this.#socket.pause()
  }

  /** A reset behind unread data comes as an end (libuv before 1.52, and Unix sockets always): an empty write tells. */
  #end(): void {
    const socket = this.#socket
    if (!socket.writable || socket.writableLength > 0) this.ended('fin', true)
    else this.#line.write(new Uint8Array(0), (error) => this.ended(error == null ? 'fin' : 'reset'))
  }
}
