/**
 * Makes a pull source of a drive: one bounded queue between the two.
 *
 * The drive is claimed at the first `next()`, paused when the queue holds its high-water mark, and resumed when it was
 * emptied. A `next()` takes everything that is waiting as one batch. `return()` settles a `next()` that waits.
 */
import { limits } from '../limits.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Receiver } from '../types.ts'

interface Waiting<T> {
  resolve(result: IteratorResult<T[]>): void
  reject(error: unknown): void
}

export class DriveIterator<T> implements AsyncIterator<T[]>, Receiver<T> {
  readonly #source: Drivable<T>
  readonly #weigh: (item: T) => number
  #control: Control | undefined
  #queue: T[] = []
  #weight = 0
  #paused = false
  #over = false
  #fault: { error: unknown } | undefined
  readonly #waiting: Waiting<T>[] = []

  /** @param weigh the bytes that an item keeps alive while it waits */
  constructor(source: Drivable<T>, weigh: (item: T) => number) {
    this.#source = source
    this.#weigh = weigh
  }

  next(): Promise<IteratorResult<T[]>> {
    if (this.#queue.length > 0) return Promise.resolve(this.#take())
    if (this.#over) return this.#outcome()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (this.#control !== undefined) return
      try {
        this.#control = this.#source[DRIVE](this)
      } catch (error) {
        this.fault(error)
      }
    })
  }

  async return(): Promise<IteratorResult<T[]>> {
    this.#queue = []
    this.#fault = undefined
    this.#over = true
    this.#control?.cancel()
    this.#settleAll()
    return { done: true, value: undefined }
  }

  batch(batch: T[]): void {
    if (batch.length === 0) return
    const first = this.#waiting.shift()
    if (first !== undefined) {
      first.resolve({ done: false, value: batch })
      return
    }
    for (const item of batch) {
      this.#queue.push(item)
      this.#weight += this.#weigh(item)
    }
    if (this.#weight >= limits.highWaterBytes && !this.#paused) {
      this.#paused = true
      this.#control?.pause()
    }
  }

  end(): void {
    this.#over = true
    this.#settleAll()
  }

  fault(error: unknown): void {
    this.#over = true
    this.#fault = { error }
    this.#settleAll()
  }

  #take(): IteratorResult<T[]> {
    const value = this.#queue
    this.#queue = []
    this.#weight = 0
    if (this.#paused) {
      this.#paused = false
      this.#control?.resume()
    }
    return { done: false, value }
  }

  #settleAll(): void {
    for (const { resolve, reject } of this.#waiting.splice(0)) this.#outcome().then(resolve, reject)
  }

  /** The fault once, then done. */
  #outcome(): Promise<IteratorResult<T[]>> {
    const fault = this.#fault
    this.#fault = undefined
    return fault === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(fault.error)
  }
}
