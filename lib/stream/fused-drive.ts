/**
 * Drives a fused source: the upstream pushes a batch, the chain runs, the receiver has what came out, all in one call.
 *
 * It keeps the drive's promises: nothing is delivered inside `[DRIVE]` or `resume()`, nothing while paused, one outcome
 * and nothing after it. User code in a step may cancel or pause in the middle of a push, so state is looked at again
 * after every call that leaves this file.
 */
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Framing, Receiver } from '../types.ts'
import type { Chain } from './chain.ts'
import type { DrivableFused } from './fused.ts'

export class FusedDrive<T> implements Control, Receiver<unknown> {
  readonly #to: Receiver<T>
  readonly #chain: Chain<T>
  #upstream: Control | undefined
  #paused = false
  #cancelled = false
  #ended = false
  #working = false
  /** The outcome waits for `resume`, or for the end of the call that asked for it. */
  #waiting = false
  #ready: T[] | undefined
  #fault: { error: unknown } | undefined

  constructor(fused: DrivableFused<T>, to: Receiver<T>) {
    this.#to = to
    this.#chain = fused.begin(() => this.#late())
    const out: T[] = []
    this.#chain.start(out)
    if (this.#chain.over) {
      this.#ready = out
      this.#finishSoon()
    } else {
      this.#upstream = (fused.upstream as Drivable<never>)[DRIVE](this)
    }
  }

  batch(batch: unknown[]): void {
    if (this.#cancelled || this.#chain.over) return
    this.#chain.take(batch)
    this.#work()
  }

  end(): void {
    if (this.#cancelled || this.#chain.over) return
    this.#ended = true
    this.#chain.end()
    this.#work()
  }

  fault(error: unknown): void {
    if (this.#cancelled || this.#chain.over) return
    this.#ended = true
    this.#chain.over = true
    this.#chain.release()
    this.#fault = { error }
    this.#finish()
  }

  get framing(): Framing {
    return this.#chain
  }

  held(): number {
    return this.#chain.held()
  }

  pause(): void {
    this.#paused = true
    this.#chain.pause()
    if (!this.#chain.decided) this.#upstream?.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#chain.resume()
    if (this.#chain.over) this.#finishSoon()
    else if (this.#chain.busy) this.#workSoon()
    else this.#upstream?.resume()
  }

  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#chain.release()
    this.#leave()
  }

  #late(): void {
    if (this.#cancelled) return
    this.#leave()
    this.#finish()
  }

  /** Batch by batch, until nothing is left or the receiver has enough for now. */
  #work(): void {
    const chain = this.#chain
    do {
      const out: T[] = []
      chain.run(out)
      this.#pass(out)
      if (chain.decided) this.#leave()
    } while (chain.busy && !this.#paused && !this.#cancelled)
    if (chain.over && !this.#cancelled) this.#finish()
  }

  /** Nothing more is wanted of the upstream. */
  #leave(): void {
    if (this.#ended) return
    this.#ended = true
    this.#upstream?.cancel()
  }

  /** What had to wait for `resume` comes first, then the upstream. */
  #workSoon(): void {
    if (this.#working) return
    this.#working = true
    queueMicrotask(() => {
      this.#working = false
      if (this.#paused || this.#cancelled) return
      if (this.#chain.busy) this.#work()
      if (!this.#paused && !this.#cancelled && !this.#ended) this.#upstream?.resume()
    })
  }

  #pass(out: T[]): void {
    if (out.length > 0 && !this.#cancelled) this.#to.batch(out)
  }

  #finishSoon(): void {
    if (this.#waiting) return
    this.#waiting = true
    queueMicrotask(() => {
      this.#waiting = false
      const ready = this.#ready
      if (ready !== undefined && !this.#paused) {
        this.#ready = undefined
        this.#pass(ready)
      }
      this.#finish()
    })
  }

  /** Delivers the outcome, once, unless the receiver is paused: then `resume` comes back here. */
  #finish(): void {
    if (this.#cancelled || this.#paused || this.#waiting || this.#ready !== undefined) return
    this.#cancelled = true
    if (this.#fault !== undefined) this.#to.fault(this.#fault.error)
    else if (this.#chain.failed) this.#to.fault(this.#chain.error)
    else this.#to.end()
  }
}
