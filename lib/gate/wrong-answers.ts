/**
 * How many wrong answers each source gave in the last minute: who gave too many is not listened to, right or wrong, until
 * the minute is over. Nobody else notices.
 */
import { wholeNumber } from '../limits.ts'
import type { Clock } from '../types.ts'
import { RecentMap } from './recent-map.ts'

const minute = 60_000
const mostSources = 16_384

export class WrongAnswers {
  readonly #most: number
  readonly #clock: Clock
  /** When each source gave its latest ones. */
  readonly #times = new RecentMap<number[]>(mostSources)

  /** @throws InvalidOptionError */
  constructor(most: number, clock: Clock) {
    this.#most = wholeNumber('wrongPerMinute', most)
    this.#clock = clock
  }

  /** Whether another answer of `source` may be looked at. */
  may(source: string): boolean {
    return this.#recent(source).length < this.#most
  }

  add(source: string): void {
    this.#times.set(source, [...this.#recent(source), this.#clock.now()])
  }

  #recent(source: string): number[] {
    const since = this.#clock.now() - minute
    return (this.#times.get(source) ?? []).filter((time) => time > since)
  }
}
