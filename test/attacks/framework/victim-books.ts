/**
 * The books of a service under attack, kept a second time from its events and compared at each of them: accepted = open +
 * the sum of closed, and each connection is closed once.
 */
import type { CloseReason, ServeEvent, Stats } from '../../../lib/index.ts'

export interface Times {
  readonly count: number
  /** From accept to close, in ms. */
  readonly leastMs: number
  readonly mostMs: number
}

export interface BooksReport {
  readonly wrong: readonly string[]
  readonly most: number
  readonly faults: number
  /** The first of them. */
  readonly faultTexts: readonly string[]
  readonly events: Readonly<Record<string, number>>
  readonly closed: Partial<Record<CloseReason, Times>>
}

export class VictimBooks {
  stats: Stats | undefined
  readonly #open = new Set<number>()
  readonly #wrong: string[] = []
  readonly #events: Record<string, number> = {}
  readonly #faultTexts: string[] = []
  #closed: Partial<Record<CloseReason, { count: number; leastMs: number; mostMs: number }>> = {}
  #closes = 0
  #most = 0

  readonly onEvent = (event: ServeEvent): void => {
    this.#events[event.type] = (this.#events[event.type] ?? 0) + 1
    if (event.type === 'accept') {
      this.#open.add(event.id)
      this.#most = Math.max(this.#most, this.#open.size)
    }
    if (event.type === 'close') {
      this.#closes++
      if (!this.#open.delete(event.id)) this.#note(`connection ${event.id} closed twice`)
      const times = this.#closed[event.reason] ?? { count: 0, leastMs: Number.POSITIVE_INFINITY, mostMs: 0 }
      this.#closed[event.reason] = times
      times.count++
      times.leastMs = Math.min(times.leastMs, event.ms)
      times.mostMs = Math.max(times.mostMs, event.ms)
    }
    if (event.type === 'fault' && this.#faultTexts.length < 5) this.#faultTexts.push(String(event.error))
    const { stats } = this
    if (stats === undefined) return
    const closed = Object.values(stats.closed).reduce((sum, count) => sum + count, 0)
    if (stats.accepted !== stats.open + closed || stats.open !== this.#open.size || closed !== this.#closes) {
      this.#note(`at ${event.type}: ${JSON.stringify(stats)}, by the events ${this.#open.size} open`)
    }
  }

  report(): BooksReport {
    return {
      wrong: this.#wrong,
      most: this.#most,
      faults: this.#events.fault ?? 0,
      faultTexts: this.#faultTexts,
      events: this.#events,
      closed: this.#closed
    }
  }

  /** Forgets how long connections lived. */
  newTimes(): void {
    this.#closed = {}
  }

  #note(text: string): void {
    if (this.#wrong.length < 10) this.#wrong.push(text)
  }
}
