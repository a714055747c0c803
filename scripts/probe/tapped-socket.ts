/** A socket that keeps a copy of the first bytes that came through it. TLS runs over it as over any stream. */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** A handshake with a long chain fits. */
const keptBytes = 128 * 1024

export class TappedSocket extends Duplex {
  readonly #socket: Socket
  readonly #kept: Buffer[] = []
  #bytes = 0

  constructor(socket: Socket) {
    super({ allowHalfOpen: true })
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      if (this.#bytes < keptBytes) this.#kept.push(bytes)
      this.#bytes += bytes.length
      if (!this.push(bytes)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** What came first. */
  get kept(): Buffer {
    return Buffer.concat(this.#kept)
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Buffer, _: string, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
