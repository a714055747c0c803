/**
 * The longest that one frame may take from its first byte to its last. A peer that sends a byte now and then resets every
 * idle timer, but not this one.
 *
 * A step has no clock: the run that it is a part of looks, after each push, at what the step says it holds. While that run
 * is not read it does not count, for then it is not the peer who is slow. The timer is set again only when it fires, so
 * that a frame costs no timer.
 */
import { BodyBegin, BodyData } from '../body.ts'
import { FrameTimeoutError } from '../errors.ts'
import type { FrameDeadlineRule, Step } from '../types.ts'

/** The longest that a timer of Node waits; one that has more left is set again. */
const longestMs = 2 ** 31 - 1

export class FrameDeadline {
  readonly #rule: FrameDeadlineRule
  readonly #step: Step<never, unknown>
  readonly #late: (error: FrameTimeoutError) => void
  /** When the unfinished frame began; undefined between frames. */
  #since: number | undefined
  #bytes = 0
  #pausedAt: number | undefined
  #timer: { cancel(): void } | undefined

  constructor(rule: FrameDeadlineRule, step: Step<never, unknown>, late: (error: FrameTimeoutError) => void) {
    this.#rule = rule
    this.#step = step
    this.#late = late
  }

  /** After every push: what went in, and what came out from `from` on. */
  look(batch: readonly unknown[], out: readonly unknown[], from: number): void {
    const held = this.#step.held?.() ?? 0
    if (held === 0) {
      this.#since = undefined
      return
    }
    if (this.#since === undefined || endedFrame(out, from)) {
      this.#since = this.#pausedAt ?? this.#rule.clock.now()
      this.#bytes = held
    } else {
      for (const chunk of batch) this.#bytes += (chunk as Partial<Uint8Array>).byteLength ?? 0
    }
    this.#arm()
  }

  pause(): void {
    this.#pausedAt ??= this.#rule.clock.now()
  }

  resume(): void {
    if (this.#pausedAt === undefined) return
    if (this.#since !== undefined) this.#since += this.#rule.clock.now() - this.#pausedAt
    this.#pausedAt = undefined
    if (this.#since !== undefined) this.#arm()
  }

  stop(): void {
    this.#since = undefined
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** A paused one is set again when it goes on. */
  #arm(): void {
    if (this.#pausedAt !== undefined) return
    const wait = Math.min(Math.max(1, this.#left()), longestMs)
    this.#timer ??= this.#rule.clock.after(wait, () => this.#check())
  }

  /** What is left, in ms. */
  #left(): number {
    const { ms, bytesPerSecond, clock } = this.#rule
    const until = this.#pausedAt ?? clock.now()
    return (this.#since ?? until) + ms + (this.#bytes * 1000) / bytesPerSecond - until
  }

  #check(): void {
    this.#timer = undefined
    if (this.#since === undefined || this.#pausedAt !== undefined) return
    if (this.#left() > 0) this.#arm()
    else this.#late(new FrameTimeoutError(this.#rule.label, this.#bytes, this.#rule.ms))
  }
}

/** Whether a frame ended among these: the parts of a body are not its end. */
export function endedFrame(out: readonly unknown[], from: number): boolean {
  for (let index = from; index < out.length; index++) {
    const item = out[index]
    if (!(item instanceof BodyData) && !(item instanceof BodyBegin)) return true
  }
  return false
}
