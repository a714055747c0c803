import { LimitError } from '../errors.ts'
import type { ServeLimits } from '../limits.ts'
import type { BaseConnection } from '../transport/base-connection.ts'

/** Bytes that wait for one peer: whether it takes any of them (no progress), and fast enough (over budget). */
export class QueueWatch {
  #given: number
  /** Since when it took nothing. */
  #stalled: number
  /** Since when too much waits, and what had been taken then; undefined while it is not too much. */
  #over: { since: number; given: number } | undefined

  constructor({ given }: BaseConnection<Uint8Array>, now: number) {
    this.#given = given
    this.#stalled = now
  }

  look({ given, queued }: BaseConnection<Uint8Array>, now: number, limits: ServeLimits): LimitError | undefined {
    if (given !== this.#given) {
      this.#given = given
      this.#stalled = now
    }
    if (now - this.#stalled >= limits.writeStallMs) {
      return new LimitError('write_stalled', `the peer took none of ${queued} bytes within ${limits.writeStallMs} ms`)
    }
    if (queued <= limits.slowReaderBytes) {
      this.#over = undefined
      return undefined
    }
    this.#over ??= { since: now, given }
    const allowed = limits.slowReaderMs + ((given - this.#over.given) * 1000) / limits.minBytesPerSecond
    if (now - this.#over.since < allowed) return undefined
    return new LimitError('slow_reader', `${queued} bytes wait for the peer, and more than may for too long`)
  }
}
