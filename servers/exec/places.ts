/**
 * Places for commands that run: so many at a time, so many wait in the order in which they came, one more has none.
 *
 * Each begins in a turn of the event loop of its own: to start a process holds up the loop, and when many places come free
 * at once, whoever waits for anything else is served in between.
 */
import { setImmediate as turn } from 'node:timers/promises'

export interface Place {
  /** Resolves when it is there. */
  readonly ready: Promise<void>
  /** Gives it back, or leaves the queue. Once. */
  leave(): void
}

export class Places {
  readonly #atOnce: number
  readonly #mostWaiting: number
  #taken = 0
  readonly #queue = new Set<() => void>()
  #begun: Promise<void> = Promise.resolve()

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce
    this.#mostWaiting = mostWaiting
  }

  /** Undefined: all are taken, and as many wait as may. */
  take(): Place | undefined {
    if (this.#taken < this.#atOnce) {
      this.#taken++
      return { ready: this.#ownTurn(), leave: () => this.#next() }
    }
    if (this.#queue.size >= this.#mostWaiting) return undefined
    let enter: () => void = () => {}
    const ready = new Promise<void>((resolve) => {
      enter = () => resolve(this.#ownTurn())
    })
    this.#queue.add(enter)
    return {
      ready,
      leave: () => {
        if (!this.#queue.delete(enter)) this.#next()
      }
    }
  }

  #ownTurn(): Promise<void> {
    this.#begun = this.#begun.then(() => turn())
    return this.#begun
  }

  /** A place is free: the first that waits has it. */
  #next(): void {
    const [first] = this.#queue
    if (first === undefined) {
      this.#taken--
      return
    }
    this.#queue.delete(first)
    first()
  }
}
