/**
 * The contract of the drive, as a receiver that looks for breaches: nothing inside `[DRIVE]` or `resume()`, nothing while
 * paused, no empty batch, one end or one fault, last, nothing after `cancel()`. A batch belongs to its receiver: it is
 * emptied as soon as it was read, so that whoever keeps it as well is found out.
 */
import type { Control, Drivable, Receiver, Source } from '../../lib/types.ts'
import type { Core } from './core.ts'

export class CheckedReceiver<T> implements Receiver<T> {
  readonly items: T[] = []
  readonly broken: string[] = []
  /** `open`, `end` or the fault. */
  outcome: 'open' | 'end' | { error: unknown } = 'open'
  /** What arrived, batches and outcome: for telling whether anything still happens. */
  events = 0
  paused = false
  cancelled = false
  /** Called at the end of each batch, inside it. */
  onBatch: (() => void) | undefined
  #control: Control | undefined
  #inside: string | undefined

  /** Claims a source. */
  drive(core: Core, source: Source<T>): this {
    if (!(core.DRIVE in source)) throw new Error('the source cannot be driven')
    this.#within('[DRIVE]', () => {
      this.#control = (source as Drivable<T>)[core.DRIVE](this)
    })
    return this
  }

  pause(): void {
    this.paused = true
    this.#within('pause()', () => this.#control?.pause())
  }

  resume(): void {
    this.paused = false
    this.#within('resume()', () => this.#control?.resume())
  }

  cancel(): void {
    this.cancelled = true
    this.#within('cancel()', () => this.#control?.cancel())
  }

  batch(batch: T[]): void {
    this.#arrived('a batch')
    if (batch.length === 0) this.broken.push('an empty batch')
    for (const item of batch) this.items.push(item)
    batch.length = 0
    this.onBatch?.()
  }

  end(): void {
    this.#arrived('the end')
    this.outcome = 'end'
  }

  fault(error: unknown): void {
    this.#arrived('a fault')
    this.outcome = { error }
  }

  #within(where: string, call: () => void): void {
    const outer = this.#inside
    this.#inside = where
    try {
      call()
    } finally {
      this.#inside = outer
    }
  }

  #arrived(what: string): void {
    this.events++
    if (this.#inside !== undefined) this.broken.push(`${what} inside ${this.#inside}`)
    if (this.paused) this.broken.push(`${what} while paused`)
    if (this.cancelled) this.broken.push(`${what} after cancel()`)
    if (this.outcome !== 'open') this.broken.push(`${what} behind the outcome`)
  }
}
