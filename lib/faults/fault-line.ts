/**
 * One stream on its way through a bad line: what was sent comes later, slower, in pieces, damaged or not at all, as its
 * plan says; and in every other respect as it was sent: in order, to the end, with backpressure.
 *
 * Two sides work at their own pace. One reads ahead and notes when each chunk came, up to the window. The other gives out
 * one piece for each `next()`, not before it is due: when the line is free, it takes the time that its bytes take at the
 * rate, and comes the latency and its jitter later, though never before the piece in front of it.
 */
import { ConnectionResetError } from '../errors.ts'
import { PullReader } from '../stream/pull-reader.ts'
import type { Upstream } from '../stream/upstream.ts'
import type { Clock } from '../types.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { FaultCounters, FaultDone } from './fault-stats.ts'

/** How a line is over. */
type Outcome = { readonly failed: false } | { readonly failed: true; readonly error: unknown }

/** A piece, or the outcome, and when it may come out. */
interface Due {
  readonly at: number
  readonly bytes?: Uint8Array
  readonly outcome?: Outcome
}

export class FaultLine extends PullReader<Uint8Array> {
  readonly #upstream: Upstream<Uint8Array>
  readonly #plan: FaultPlan
  readonly #clock: Clock
  readonly #counters: FaultCounters
  readonly #onFault: (fault: FaultDone) => void
  #started = false
  #reading = false
  /** Chunks on their way, from `#first` on, and when each came. */
  #chunks: { readonly bytes: Uint8Array; readonly at: number }[] = []
  #first = 0
  /** Bytes of the first chunk that have become pieces. */
  #taken = 0
  #waitingBytes = 0
  /** Bytes that came in front of the cut. */
  #position = 0
  #cut = false
  #outcome: { readonly at: number; readonly outcome: Outcome } | undefined
  #head: Due | undefined
  #timer: { cancel(): void } | undefined
  /** When the line has passed on what it took, and when the last piece comes out. */
  #freeAt = 0
  #lastAt = 0

  constructor(
    upstream: Upstream<Uint8Array>,
    plan: FaultPlan,
    clock: Clock,
    counters: FaultCounters,
    onFault: (fault: FaultDone) => void
  ) {
    super()
    this.#upstream = upstream
    this.#plan = plan
    this.#clock = clock
    this.#counters = counters
    this.#onFault = onFault
  }

  protected advance(): void {
    if (!this.#started && this.#plan.cutAt === 0) this.#cutOff()
    this.#started = true
    void this.#readAhead()
    this.#giveOut()
  }

  protected async leave(): Promise<void> {
    this.#timer?.cancel()
    this.#chunks = []
    await this.#upstream.close()
  }

  /** Behind a cut it reads on and throws away, so that the sender does not notice. */
  async #readAhead(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    const upstream = this.#upstream
    try {
      while (!upstream.over && (this.#cut || this.#waitingBytes < this.#plan.windowBytes)) {
        const batch = await upstream.read()
        if (batch === undefined) this.#settle({ failed: false })
        else for (const bytes of batch) this.#take(bytes)
        this.#giveOut()
      }
    } catch (error) {
      this.#settle({ failed: true, error })
      this.#giveOut()
    } finally {
      this.#reading = false
    }
  }

  #take(all: Uint8Array): void {
    this.#counters.bytesIn += all.byteLength
    if (this.#cut) return
    const { cutAt, flipAt, flipMask } = this.#plan
    const from = this.#position
    let bytes = from + all.byteLength > cutAt ? all.subarray(0, cutAt - from) : all
    if (flipAt >= from && flipAt < from + bytes.byteLength) {
      // A copy: what was passed on is read-only.
      bytes = Uint8Array.from(bytes)
      ;(bytes[flipAt - from] as number) ^= flipMask
      this.#done({ kind: 'flip-bit', at: flipAt })
    }
    this.#position += bytes.byteLength
    this.#waitingBytes += bytes.byteLength
    if (bytes.byteLength > 0) this.#chunks.push({ bytes, at: this.#clock.now() })
    if (this.#position === cutAt) this.#cutOff()
  }

  #cutOff(): void {
    const { cutHow, cutAt } = this.#plan
    this.#cut = true
    this.#done({ kind: cutHow, at: cutAt })
    if (cutHow === 'end') this.#outcome = { at: 0, outcome: { failed: false } }
    if (cutHow !== 'reset') return
    this.#outcome = { at: 0, outcome: { failed: true, error: new ConnectionResetError(undefined) } }
    this.#upstream.close().catch(() => {})
  }

  /** The sender's own end or fault takes as long as a byte would. */
  #settle(outcome: Outcome): void {
    if (this.#cut || this.#outcome !== undefined) return
    const { latencyMs } = this.#plan
    this.#outcome = { at: this.#clock.now() + latencyMs + this.#plan.nextJitterMs(), outcome }
  }

  #giveOut(): void {
    while (this.asked) {
      this.#head ??= this.#next()
      if (this.#head === undefined) return
      const waitMs = this.#head.at - this.#clock.now()
      if (waitMs > 0) {
        this.#timer ??= this.#clock.after(waitMs, () => {
          this.#timer = undefined
          this.#giveOut()
        })
        return
      }
      const { bytes, outcome } = this.#head
      this.#head = undefined
      if (bytes !== undefined) this.#give(bytes)
      else if (outcome?.failed === true) this.fault(outcome.error)
      else this.end()
    }
  }

  #give(bytes: Uint8Array): void {
    this.#waitingBytes -= bytes.byteLength
    this.#counters.bytesOut += bytes.byteLength
    this.batch([bytes])
    void this.#readAhead()
  }

  /** The next piece and when it is due; undefined where nothing is on its way. */
  #next(): Due | undefined {
    const chunk = this.#chunks[this.#first]
    if (chunk === undefined) {
      return this.#outcome && { at: Math.max(this.#lastAt, this.#outcome.at), outcome: this.#outcome.outcome }
    }
    const plan = this.#plan
    const end = Math.min(chunk.bytes.byteLength, this.#taken + plan.nextSliceBytes())
    const bytes = chunk.bytes.subarray(this.#taken, end)
    this.#taken = end
    if (end === chunk.bytes.byteLength) this.#dropFirst()
    this.#freeAt = Math.max(this.#freeAt, chunk.at) + bytes.byteLength / plan.bytesPerMs
    this.#lastAt = Math.max(this.#lastAt, this.#freeAt + plan.latencyMs + plan.nextJitterMs())
    return { at: this.#lastAt, bytes }
  }

  #dropFirst(): void {
    this.#taken = 0
    this.#first++
    if (this.#first < 1024 && this.#first < this.#chunks.length) return
    this.#chunks.splice(0, this.#first)
    this.#first = 0
  }

  #done(fault: FaultDone): void {
    this.#counters.count(fault)
    this.#onFault(fault)
  }
}
