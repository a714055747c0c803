/**
 * How often each of many may do something: a token bucket each, in a table of bounded size.
 *
 * A bucket is one number, the moment at which it will be full again (known as GCRA). Who has not come for longest is
 * forgotten first, and has a full bucket again: as long as fewer than half of `maxSources` are new within the time that a
 * bucket takes to fill, nothing is forgotten that counts.
 */
import { wholeNumber } from '../limits.ts'
import type { Clock } from '../types.ts'
import { RecentMap } from './recent-map.ts'

export interface RateTableOptions {
  /** What each may do in a second, in the long run. */
  readonly ratePerSecond: number
  /** What each may do at once, after a pause. */
  readonly burst: number
  /** Buckets kept. */
  readonly maxSources: number
  readonly clock: Clock
}

/** For rounding, in ms. */
const aTouch = 1e-6

export class RateTable {
  readonly #clock: Clock
  /** What one act takes, in ms, and what may be taken in advance. */
  readonly #costMs: number
  readonly #creditMs: number
  /** When each bucket is full. */
  readonly #fullAt: RecentMap<number>

  /** @throws InvalidOptionError */
  constructor({ ratePerSecond, burst, maxSources, clock }: RateTableOptions) {
    this.#clock = clock
    this.#fullAt = new RecentMap(wholeNumber('maxSources', maxSources))
    this.#costMs = 1000 / wholeNumber('ratePerSecond', ratePerSecond)
    this.#creditMs = (wholeNumber('burst', burst) - 1) * this.#costMs + aTouch
  }

  /** Buckets in the table. */
  get size(): number {
    return this.#fullAt.size
  }

  /** Whether `source` may do it now. */
  may(source: string): boolean {
    return this.#fillsAt(source) - this.#clock.now() <= this.#creditMs
  }

  /** Whether `source` may do it now; then it counts as done. */
  take(source: string): boolean {
    const fullAt = this.#fillsAt(source)
    const may = fullAt - this.#clock.now() <= this.#creditMs
    this.#fullAt.set(source, may ? fullAt + this.#costMs : fullAt)
    return may
  }

  #fillsAt(source: string): number {
    const now = this.#clock.now()
    return Math.max(now, this.#fullAt.get(source) ?? now)
  }
}
