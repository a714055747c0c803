/**
 * The reading half of a transport: what the network delivers goes in, a drive or a pull loop takes it out.
 *
 * It keeps the drive's promises for every transport: claimed once; nothing before the claim, nothing inside `[DRIVE]` or
 * `resume()`, nothing while paused; one outcome, last. What the transport has already read in such moments waits here
 * (at most one read, for it is told to pause).
 */
import { InUseError } from '../errors.ts'
import { limits } from '../limits.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Framing, Receiver } from '../types.ts'
import { DriveIterator } from './drive-iterator.ts'

/** How the inlet holds back its transport. Neither call may deliver before it returns. */
export interface Flow {
  pause(): void
  resume(): void
}

export class Inlet<T> implements Drivable<T>, Control {
  readonly #flow: Flow
  readonly #weigh: (item: T) => number
  #receiver: Receiver<T> | undefined
  #paused = true
  #over = false
  #discarded = 0
  #queue: T[] | undefined
  #outcome: { failed: boolean; error?: unknown } | undefined

  constructor(flow: Flow, weigh: (item: T) => number) {
    this.#flow = flow
    this.#weigh = weigh
  }

  /** Whether somebody reads, or has read. */
  get claimed(): boolean {
    return this.#receiver !== undefined
  }

  /** Whether its end or its fault is known. */
  get settled(): boolean {
    return this.#outcome !== undefined
  }

  /** Whether its reader waits for the peer; otherwise it is at work, has enough, or wants no more. */
  get waiting(): boolean {
    const waits = this.#receiver !== undefined && !this.#paused && !this.#over && this.#queue === undefined
    return waits && this.#receiver?.waiting !== false
  }

  /** What its reader knows of frames. */
  get framing(): Framing | undefined {
    return this.#receiver?.framing
  }

  /** Whether the input could end here and cut no frame; undefined where the reader knows of no frames. */
  get resting(): boolean | undefined {
    if (this.#receiver === undefined) return undefined
    return this.waiting ? this.framing?.resting() : false
  }

  /** Bytes that were read from the network and are not through yet: waiting, or kept of unfinished frames. */
  get held(): number {
    return (this.#queue === undefined ? 0 : this.#weightOf(this.#queue)) + (this.#receiver?.held?.() ?? 0)
  }

  [DRIVE](to: Receiver<T>): Control {
    if (this.claimed) throw new InUseError("this connection's source")
    this.#receiver = to
    this.resume()
    return this
  }

  [Symbol.asyncIterator](): AsyncIterator<T[]> {
    return new DriveIterator(this, this.#weigh)
  }

  /** From the transport: a batch arrived. True when nothing of it is kept. */
  deliver(batch: T[]): boolean {
    if (this.#over) return this.#discard(batch)
    if (this.#outcome !== undefined) return true
    if (!this.#paused && this.#queue === undefined) return this.#receiver?.batch(batch) === true
    this.#queue = this.#queue === undefined ? batch : this.#queue.concat(batch)
    // Before the claim a transport reads ahead, up to its high-water mark, so that it hears of a peer that is gone.
    if (this.#receiver === undefined && this.#weightOf(this.#queue) >= limits.highWaterBytes) this.#flow.pause()
    return false
  }

  /** From the transport: the peer ended its half. */
  end(): void {
    this.#settle({ failed: false })
  }

  /** From the transport: the connection died before that. */
  fail(error: unknown): void {
    this.#settle({ failed: true, error })
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    if (this.#outcome === undefined && !this.#over) this.#flow.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#over) return
    if (this.#queue !== undefined || this.#outcome !== undefined) queueMicrotask(() => this.#flush())
    else this.#flow.resume()
  }

  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#queue = undefined
    if (this.#outcome === undefined && this.#paused) this.#flow.resume()
  }

  /** An unclaimed inlet in the place of this one, with what its reader gave back and what had not reached it yet. */
  successor(unread: T[]): Inlet<T> {
    const next = new Inlet(this.#flow, this.#weigh)
    const queue = this.#queue === undefined ? unread : unread.concat(this.#queue)
    if (queue.length > 0) next.#queue = queue
    next.#outcome = this.#outcome
    if (!this.#paused && this.#outcome === undefined) this.#flow.pause()
    this.#over = true
    return next
  }

  /** A little is read and thrown away, to hear of a peer that ended or is gone; then a flood meets its own window. */
  #discard(batch: T[]): boolean {
    this.#discarded += this.#weightOf(batch)
    if (this.#discarded > limits.discardBytes) this.#flow.pause()
    return true
  }

  #weightOf(batch: T[]): number {
    let weight = 0
    for (const item of batch) weight += this.#weigh(item)
    return weight
  }

  #settle(outcome: { failed: boolean; error?: unknown }): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    this.#flush()
  }

  #flush(): void {
    if (this.#paused || this.#over) return
    const queue = this.#queue
    if (queue !== undefined) {
      this.#queue = undefined
      this.#receiver?.batch(queue)
      if (this.#paused || this.#over) return
    }
    if (this.#outcome === undefined) {
      this.#flow.resume()
      return
    }
    this.#over = true
    if (this.#outcome.failed) this.#receiver?.fault(this.#outcome.error)
    else this.#receiver?.end()
  }
}
