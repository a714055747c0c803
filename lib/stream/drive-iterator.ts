/**
 * Makes a pull source of a drive: one bounded queue between the two.
 *
 * The drive is claimed at the first `next()`, paused when the queue holds its high-water mark, and resumed when it was
 * emptied. A `next()` takes everything that is waiting as one batch. The outcome comes behind it.
 */
import { limits } from '../limits.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Framing, Receiver } from '../types.ts'
import { PullReader } from './pull-reader.ts'

export class DriveIterator<T> extends PullReader<T> implements Receiver<T> {
  /** Of the steps that read from it, where there are some. */
  framing: Framing | undefined
  readonly #source: Drivable<T>
  readonly #weigh: (item: T) => number
  #control: Control | undefined
  #queue: T[] = []
  #weight = 0
  #paused = false
  #outcome: { failed: boolean; error?: unknown } | undefined

  /** @param weigh the bytes that an item keeps alive while it waits */
  constructor(source: Drivable<T>, weigh: (item: T) => number) {
    super()
    this.#source = source
    this.#weigh = weigh
  }

  override batch(batch: T[]): void {
    if (batch.length === 0) return
    if (this.asked) {
      super.batch(batch)
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

  override end(): void {
    if (this.#queue.length > 0) this.#outcome = { failed: false }
    else super.end()
  }

  /** A fault waits for somebody to ask: it must be thrown at one. */
  override fault(error: unknown): void {
    if (this.asked) super.fault(error)
    else this.#outcome = { failed: true, error }
  }

  /** While nobody asks, what was given out last is being worked on. */
  get waiting(): boolean {
    return this.asked
  }

  held(): number {
    return this.#weight + (this.framing?.held() ?? 0)
  }

  protected advance(): void {
    if (this.#queue.length > 0) this.#giveOut()
    else if (this.#outcome?.failed === true) super.fault(this.#outcome.error)
    else if (this.#outcome !== undefined) super.end()
    else this.#control ??= this.#source[DRIVE](this)
  }

  protected async leave(): Promise<void> {
    this.#queue = []
    this.#control?.cancel()
  }

  #giveOut(): void {
    const queue = this.#queue
    this.#queue = []
    this.#weight = 0
    super.batch(queue)
    if (!this.#paused) return
    this.#paused = false
    this.#control?.resume()
  }
}
