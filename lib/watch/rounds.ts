/**
 * One timer for all deadlines of a service: it goes round all connections, some of them at a time, and sleeps while there
 * are none. Where the event loop is busy and the timer late, it makes up for it. Times in ms.
 */
import type { Clock } from '../types.ts'

/** Parts of a round, so that no turn of the event loop looks at all connections. */
const parts = 4
/** A round is so much shorter than the shortest deadline, which may therefore be late by 1/12 at most. */
const perDeadline = 32

export class Rounds<T> {
  readonly #clock: Clock
  readonly #all: ReadonlySet<T>
  readonly #look: (one: T, now: number) => void
  readonly #ms: number
  #next: Iterator<T>
  #timer: { cancel(): void } | undefined
  #began = 0
  readonly #go = (): void => this.#part()

  /** @param shortest the shortest deadline of all */
  constructor(clock: Clock, shortest: number, all: ReadonlySet<T>, look: (one: T, now: number) => void) {
    this.#clock = clock
    this.#all = all
    this.#look = look
    this.#ms = Math.min(250, Math.max(4, shortest / perDeadline / parts))
    this.#next = all.values()
  }

  /** To be called when there is one more. */
  start(): void {
    if (this.#timer !== undefined) return
    this.#began = this.#clock.now()
    this.#timer = this.#clock.after(this.#ms, this.#go)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #part(): void {
    this.#timer = undefined
    if (this.#all.size === 0) return
    const now = this.#clock.now()
    const due = Math.min(parts, Math.max(1, (now - this.#began) / this.#ms))
    for (let left = Math.ceil((this.#all.size * due) / parts); left > 0; left--) {
      const { done, value } = this.#next.next()
      if (done === true) {
        this.#next = this.#all.values()
        break
      }
      this.#look(value, now)
    }
    this.start()
  }
}
