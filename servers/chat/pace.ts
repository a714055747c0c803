/**
 * The pace of one member: so many lines in any second. Who is faster is made to wait, and by not being read, not by being
 * dropped; who goes on for too long has to go. Times in ms.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ProtocolError } from '../../lib/index.ts'

export class Pace {
  readonly #perSecond: number
  readonly #floodMs: number
  readonly #warn: () => void
  /** When the last lines were heard, the oldest at `#next`. */
  readonly #heard: number[] = []
  #next = 0
  /** Since when it has had to wait, without a pause in between. */
  #fastSince: number | undefined

  /** @param warn called when it has to wait for the first time */
  constructor(perSecond: number, floodMs: number, warn: () => void) {
    this.#perSecond = perSecond
    this.#floodMs = floodMs
    this.#warn = warn
  }

  /** Undefined where the next line may be heard at once, else what waits until it may. */
  next(): ((signal: AbortSignal) => Promise<void>) | undefined {
    const now = performance.now()
    const wait = (this.#heard[this.#next] ?? Number.NEGATIVE_INFINITY) + 1000 - now
    if (wait <= 0) {
      this.#fastSince = undefined
      this.#note(now)
      return undefined
    }
    return (signal) => this.#wait(wait, now, signal)
  }

  async #wait(ms: number, now: number, signal: AbortSignal): Promise<void> {
    if (this.#fastSince === undefined) {
      this.#fastSince = now
      this.#warn()
    }
    const left = this.#fastSince + this.#floodMs - now
    await sleep(Math.max(0, Math.min(ms, left)), undefined, { signal })
    if (left <= ms) throw new ProtocolError(`more than ${this.#perSecond} lines a second for ${this.#floodMs} ms`)
    this.#note(performance.now())
  }

  #note(now: number): void {
    this.#heard[this.#next] = now
    this.#next = (this.#next + 1) % this.#perSecond
  }
}
