/**
 * Two connections joined in memory, for tests and for mounting a server without a network.
 *
 * It behaves as a socket pair does: bounded (a writer waits at the high-water mark), half-close, abort as a reset. What
 * one end writes reaches the other in a later turn of the loop, so that two ends never run inside each other's call.
 */
import { systemClock } from '../clock.ts'
import { ConnectionResetError, DeadlineError, LimitError } from '../errors.ts'
import { limits, milliseconds } from '../limits.ts'
import type { Address, Clock, Connection } from '../types.ts'
import { BaseConnection, requireBytes } from './base-connection.ts'

export interface MemoryOptions {
  /** Bytes one end takes ahead of its reader (64 KiB). */
  highWaterBytes?: number
  /** How long a closing connection waits for its peer to end (30,000 ms). */
  lingerMs?: number
  /** Another clock, for tests. */
  clock?: Clock
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
  readonly #clock: Clock
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
  #taken = 0
  #given = 0
  #whenClosed: (() => void) | undefined

  constructor(side: string, options: MemoryOptions) {
    const { highWaterBytes = limits.highWaterBytes, lingerMs = limits.lingerMs, clock = systemClock } = options
    super((bytes) => bytes.byteLength)
    this.local = { path: `memory:${side}` }
    this.remote = { path: `memory:${side === 'client' ? 'server' : 'client'}` }
    this.#highWater = highWaterBytes
    this.#lingerMs = milliseconds('lingerMs', lingerMs)
    this.#clock = clock
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
    const { meter } = this
    if (meter !== undefined && this.queued >= meter.mostQueued) {
      this.abort(new LimitError('slow_reader', `${this.queued} bytes waited for the peer, and more was written`))
      return true
    }
    const before = this.queued
    for (const bytes of batch) {
      requireBytes(bytes)
      peer.#arrived.push(bytes)
      peer.#arrivedBytes += bytes.byteLength
    }
    peer.#deliverSoon()
    meter?.wrote(this.queued - before, this.queued)
    this.#writerWaits = this.death === undefined && this.queued >= peer.#highWater
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

  override get taken(): number {
    return this.#taken
  }

  override get given(): number {
    return this.#given
  }

  /** What the other end has not read waits here, as in a socket's own buffer. */
  override get queued(): number {
    return this.#peer === undefined ? 0 : this.#peer.#arrivedBytes
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
    const late = (): void => this.abort(new DeadlineError('the peer did not end', lingerMs))
    const linger = this.#clock.after(lingerMs, late)
    await closed
    linger.cancel()
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
      this.#taken += bytes
      if (this.#peer !== undefined) this.#peer.#given += bytes
      if (this.#discarded < 0) {
        this.source.deliver(batch)
        this.meter?.arrived(bytes)
      } else this.#discard(bytes)
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
