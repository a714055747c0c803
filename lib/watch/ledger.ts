/**
 * What all connections of a service keep in memory, bounded by one number.
 *
 * It counts what comes and goes as if all of it stayed, which costs an addition, and only when that is over the limit does
 * it ask every connection what it really keeps. From 7/8 of the limit on those that keep the most are ended first, so that
 * there is always room for the next count to begin. At no time is more kept than the limit and one batch.
 */
import { LimitError } from '../errors.ts'
import type { Meter } from '../transport/meter.ts'
import type { Connection } from '../types.ts'

interface Keeper {
  readonly connection: Connection & { readonly buffered?: number }
}

export class Ledger implements Meter {
  readonly mostQueued: number
  readonly #limit: number
  readonly #all: Iterable<Keeper>
  #counted = 0
  #room: number

  constructor(limit: number, mostQueued: number, all: Iterable<Keeper>) {
    this.mostQueued = mostQueued
    this.#limit = limit
    this.#all = all
    this.#room = limit
  }

  arrived(bytes: number): void {
    this.#counted += bytes
    if (this.#counted > this.#room) this.#settle()
  }

  /** What the kernel took at once was never kept. */
  wrote(bytes: number, queued: number): void {
    if (queued > 0) this.arrived(bytes)
  }

  #settle(): void {
    let total = 0
    for (const { connection } of this.#all) total += connection.buffered ?? 0
    const most = (this.#limit * 7) / 8
    if (total > most) total = this.#evict(total, most)
    this.#counted = 0
    this.#room = this.#limit - total
  }

  #evict(total: number, most: number): number {
    const kept = Array.from(this.#all, ({ connection }) => ({ connection, bytes: connection.buffered ?? 0 }))
    kept.sort((one, other) => other.bytes - one.bytes)
    let left = total
    for (const { connection, bytes } of kept) {
      if (left <= most) break
      connection.abort(new LimitError('evicted', `${bytes} of ${total} bytes that the service kept were for it`))
      left -= bytes
    }
    return left
  }
}
