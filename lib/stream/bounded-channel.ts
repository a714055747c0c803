/**
 * The channel behind `channel` and `hub`.
 *
 * There is one way out, the drive: a microtask after something was pushed or the reader has room again, all that waits
 * goes out as one batch. So a push never runs the reader's code, and a pipeline may push into the channel it reads. A
 * pull reader is a drive that lets one delivery through per `next()`; both see the same items dropped.
 *
 * The outcome is not an item: it comes behind the last batch, as a result of its own, so that nothing is lost when push
 * and end happen in one tick. What was pushed before `end` or `fail` is delivered, also what still waited for room.
 */
import { InUseError } from '../errors.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Receiver } from '../types.ts'
import { BatchQueue } from './batch-queue.ts'
import type { Channel, ChannelOptions } from './channel.ts'
import { ChannelReader } from './channel-reader.ts'
import { turnIsOver } from './turn.ts'

/** A push that waits for room. */
interface Waiting<T> {
  readonly batch: T[]
  settle(taken: boolean): void
}

/** Channels that were pushed to: what goes to many goes out in one microtask. */
let due: { flush(): void }[] = []

function flushDue(): void {
  const all = due
  due = []
  let index = 0
  try {
    while (index < all.length) all[index++]?.flush()
  } finally {
    // A receiver that throws must not keep back what is for others.
    if (index < all.length) {
      due = [...all.slice(index), ...due]
      queueMicrotask(flushDue)
    }
  }
}

export class BoundedChannel<T> implements Channel<T, boolean | Promise<boolean>>, Control {
  readonly #queue: BatchQueue<T>
  /** Only while the queue is full. */
  readonly #waiting = new Set<Waiting<T>>()
  #receiver: Receiver<T> | undefined
  #paused = true
  #scheduled = false
  /** The reader has left, or heard the outcome. */
  #over = false
  #outcome: { failed: boolean; error?: unknown } | undefined

  constructor(options: ChannelOptions = {}) {
    this.#queue = new BatchQueue(options)
  }

  get dropped(): number {
    return this.#queue.dropped
  }

  get waiting(): number {
    return this.#queue.length + this.#waiting.size
  }

  /** Whether somebody reads, or has read. */
  get claimed(): boolean {
    return this.#receiver !== undefined
  }

  push(batch: T[], { signal }: { signal?: AbortSignal } = {}): boolean | Promise<boolean> {
    const blocks = this.#queue.policy === 'block'
    if (blocks && signal?.aborted === true) return Promise.reject(signal.reason)
    const open = !this.#over && this.#outcome === undefined
    if (open && batch.length > 0) {
      if (!this.#queue.offer(batch)) return this.#wait(batch, signal)
      this.#flushSoon()
    }
    return blocks ? Promise.resolve(open) : open
  }

  end(): void {
    this.#settle({ failed: false })
  }

  fail(error: unknown): void {
    this.#settle({ failed: true, error })
  }

  [Symbol.asyncIterator](): AsyncIterator<T[]> {
    return new ChannelReader(this)
  }

  [DRIVE](to: Receiver<T>): Control {
    if (this.claimed) throw new InUseError('this channel')
    this.#receiver = to
    this.resume()
    return this
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    if (this.#queue.length > 0 || this.#outcome !== undefined) this.#flushSoon()
  }

  cancel(): void {
    this.#over = true
    this.#queue.takeAll()
    for (const { settle } of this.#waiting) settle(false)
    this.#waiting.clear()
  }

  #settle(outcome: { failed: boolean; error?: unknown }): void {
    if (this.#over || this.#outcome !== undefined) return
    this.#outcome = outcome
    this.#flushSoon()
  }

  #wait(batch: T[], signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const takeBack = (): void => {
        this.#waiting.delete(waiting)
        reject(signal?.reason)
      }
      const settle = (taken: boolean): void => {
        signal?.removeEventListener('abort', takeBack)
        resolve(taken)
      }
      const waiting = { batch, settle }
      signal?.addEventListener('abort', takeBack, { once: true })
      this.#waiting.add(waiting)
    })
  }

  /**
   * In a microtask. A producer that is let in again and again could go on so for ever, thus with `block` in the next turn
   * of the loop where this one was long; elsewhere the delay would only drop what the reader could have taken.
   */
  #flushSoon(): void {
    if (this.#scheduled || this.#paused || this.#over) return
    this.#scheduled = true
    if (this.#queue.policy === 'block' && turnIsOver()) setImmediate(() => this.flush())
    else if (due.push(this) === 1) queueMicrotask(flushDue)
  }

  /** From the schedule. */
  flush(): void {
    this.#scheduled = false
    if (this.#paused || this.#over) return
    if (this.#queue.length > 0) {
      const batch = this.#queue.takeAll()
      if (this.#waiting.size > 0) this.#admit()
      this.#receiver?.batch(batch)
      if (this.#queue.length > 0) this.#flushSoon()
      if (this.#scheduled || this.#paused || this.#over) return
    }
    if (this.#outcome === undefined) return
    this.#over = true
    if (this.#outcome.failed) this.#receiver?.fault(this.#outcome.error)
    else this.#receiver?.end()
  }

  /** Lets in, in their order, the pushes that now have room. */
  #admit(): void {
    for (const waiting of this.#waiting) {
      if (!this.#queue.offer(waiting.batch)) return
      this.#waiting.delete(waiting)
      waiting.settle(true)
    }
  }
}
