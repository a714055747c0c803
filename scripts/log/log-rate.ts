/**
 * So many lines a second for one source and reason; what is more is counted, and told when the second is over.
 *
 * A table of one second, bounded: sources beyond it share one place for each reason. Nothing happens, and no timer runs,
 * while nothing is logged.
 */
import type { Clock } from '../../lib/index.ts'

/** What was not logged. */
export interface Suppressed {
  readonly of: string
  readonly reason: string
  /** Undefined for the many sources that share a place. */
  readonly source: string | undefined
  readonly lines: number
}

export interface LogRateOptions {
  readonly linesPerSecond: number
  readonly sources: number
  readonly clock: Clock
  readonly onSuppressed: (suppressed: Suppressed) => void
}

const secondMs = 1000

export class LogRate {
  readonly #options: LogRateOptions
  readonly #seen = new Map<string, Suppressed & { lines: number; left: number }>()
  #timer: { cancel(): void } | undefined

  constructor(options: LogRateOptions) {
    this.#options = options
  }

  /** Entries in the table. */
  get size(): number {
    return this.#seen.size
  }

  /** Whether there is a line left for it. */
  takes(of: string, reason: string, source: string): boolean {
    const { linesPerSecond, sources } = this.#options
    const own = `${of} ${reason} ${source}`
    const key = this.#seen.has(own) || this.#seen.size < sources ? own : `${of} ${reason}`
    let entry = this.#seen.get(key)
    if (entry === undefined) {
      entry = { of, reason, source: key === own ? source : undefined, lines: 0, left: linesPerSecond }
      this.#seen.set(key, entry)
    }
    this.#timer ??= this.#options.clock.after(secondMs, () => this.flush())
    if (entry.left > 0) {
      entry.left--
      return true
    }
    entry.lines++
    return false
  }

  /** Tells what was not logged, and begins a new second. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const entries = [...this.#seen.values()]
    this.#seen.clear()
    for (const { of, reason, source, lines } of entries) {
      if (lines > 0) this.#options.onSuppressed({ of, reason, source, lines })
    }
  }
}
