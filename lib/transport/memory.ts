/**
 * Two connections joined in memory, for tests and for mounting a server without a network.
 *
 * It behaves as a socket pair does: bounded (a writer waits at the high-water mark), half-close, abort as a reset. What
 * one end writes reaches the other in a later turn of the loop, so that two ends never run inside each other's call.
 */
import { ConnectionResetError, DeadlineError } from '../errors.ts'
import { limits, milliseconds } from '../limits.ts'
import type { Address, Connection } from '../types.ts'
import { BaseConnection, requireBytes } from './base-connection.ts'

export interface MemoryOptions {
  /** Bytes one end takes ahead of its reader (64 KiB). */
  highWaterBytes?: number
  /** How long a closing connection waits for its peer to end (30,000 ms). */
  lingerMs?: number
}

/**
 * A connected pair.
 *
 * @example
 *   const [client, peer] = memoryPair()
 *   handler(peer)
 *   const answers = await pipe(batched(['Simple is better than?']), encode(question), client, decode(answer), collect())
 */
export function memoryPair(options: MemoryOptions = {}): [client: Connection, server: Connection] {
  const client = new MemoryConnection('client', options)
  const server = new MemoryConnection('server', options)
  client.join(server)
  server.join(client)
  return [client, server]
}

class MemoryConnection extends BaseConnection<Uint8Array> {
  readonly local: Address
  readonly remote: Address
  readonly #highWater: number
  readonly #lingerMs: number
  #peer: MemoryConnection | undefined
  /** What the peer wrote and nobody read. */
  #arrived: Uint8Array[] = []
  #arrivedBytes = 0
  #peerEnded = false
  #peerHeard = false
  protected ended = false
  #flushed = false
  #reading = false
  #scheduled = false
  #writerWaits = false
  #discarded = -1
  #moved = 0
  #whenClosed: (() => void) | undefined

  constructor(side: string, { highWaterBytes = limits.highWaterBytes, lingerMs = limits.lingerMs }: MemoryOptions) {
    super((bytes) => bytes.byteLength)
    this.local = { path: `memory:${side}` }
    this.remote = { path: `memory:${side === 'client' ? 'server' : 'client'}` }
    this.#highWater = highWaterBytes
    this.#lingerMs = milliseconds('lingerMs', lingerMs)
  }

  join(peer: MemoryConnection): void {
    this.#peer = peer
  }

  pause(): void {
    this.#reading = false
  }

  resume(): void {
    this.#reading = true
    this.#deliverSoon()
  }

  write(batch: readonly Uint8Array[]): boolean {
    const peer = this.#peer
    if (peer === undefined || this.ended || this.death !== undefined) return true
    for (const bytes of batch) {
      requireBytes(bytes)
      this.#moved += bytes.byteLength
      peer.#arrived.push(bytes)
      peer.#arrivedBytes += bytes.byteLength
    }
    peer.#deliverSoon()
    this.#writerWaits = peer.#arrivedBytes >= peer.#highWater
    return !this.#writerWaits
  }

  end(): void {
    if (this.ended || this.death !== undefined) return
    this.ended = true
    const peer = this.#peer
    if (peer !== undefined) {
      peer.#peerEnded = true
      peer.#deliverSoon()
    }
    setImmediate(() => {
      if (this.death !== undefined) return
      this.#flushed = true
      this.sent()
      this.#closeWhenBothEnded()
    })
  }

  override get moved(): number {
    return this.#moved
  }

  hangUp(): void {
    if (!this.#flushed || this.death !== undefined) return
    this.over()
    this.#whenClosed?.()
  }

  protected async finish(lingerMs: number = this.#lingerMs): Promise<void> {
    if (this.death !== undefined) return
    const closed = new Promise<void>((resolve) => {
      this.#whenClosed = resolve
    })
    this.end()
    this.#discarded = 0
    this.resume()
    const linger = setTimeout(() => this.abort(new DeadlineError('the peer did not end', lingerMs)), lingerMs)
    linger.unref()
    await closed
    clearTimeout(linger)
  }

  protected cut(): void {
    const peer = this.#peer
    this.#arrived = []
    this.#whenClosed?.()
    if (peer !== undefined) setImmediate(() => peer.#wasReset())
  }

  #wasReset(): void {
    if (this.death !== undefined) return
    this.#deliverNow()
    this.gone(new ConnectionResetError(this.remote))
    this.#whenClosed?.()
  }

  #deliverSoon(): void {
    if (this.#scheduled || !this.#reading) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#reading && this.death === undefined) this.#deliverNow()
    })
  }

  #deliverNow(): void {
    const batch = this.#arrived
    if (batch.length > 0) {
      this.#arrived = []
      const bytes = this.#arrivedBytes
      this.#arrivedBytes = 0
      this.#moved += bytes
      if (this.#discarded < 0) this.source.deliver(batch)
      else this.#discard(bytes)
      if (this.#peer !== undefined) this.#peer.#roomAgain()
    }
    if (this.#peerEnded && !this.#peerHeard && this.death === undefined) {
      this.#peerHeard = true
      this.source.end()
      this.#closeWhenBothEnded()
    }
  }

  #discard(bytes: number): void {
    this.#discarded += bytes
    if (this.#discarded > limits.discardBytes) this.pause()
  }

  #roomAgain(): void {
    if (!this.#writerWaits) return
    this.#writerWaits = false
    setImmediate(() => {
      if (this.death === undefined) this.watcher?.drained()
    })
  }

  #closeWhenBothEnded(): void {
    if (!this.#flushed || !this.#peerHeard || this.death !== undefined) return
    this.over()
    this.#whenClosed?.()
  }
}
