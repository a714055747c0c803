/**
 * Runs many steps as one: a batch goes through all of them in one loop without a promise in between.
 *
 * What travels along the loop besides items is the outcome. After a DONE or the end of the input, the steps behind get
 * their `end`. After a fault they get what was put out before it, and no `end`: half a message must not be closed as if
 * it were whole. The outcome decided nearest the sink wins, so that the result does not depend on how the bytes were
 * cut: had they come one by one, the step in front would never have been asked.
 *
 * Many small frames may have large answers. So that one read cannot fill the memory before the sink can say that it has
 * enough, a step gets at most so many items at a time, those go all the way first, and when what came out is enough for
 * one batch, the rest waits in front of the step that it had reached.
 */
import { channel } from 'node:diagnostics_channel'
import { limits } from '../limits.ts'
import { DONE } from '../symbols.ts'
import type { FrameDeadlineRule, Framing, Stage, Step } from '../types.ts'
import { endedFrame, FrameDeadline } from './frame-deadline.ts'

/** Published with `{ error }` when a fault is overruled by an outcome nearer the sink. */
const overruled = channel('it-serve:fault-overruled')

// biome-ignore lint/suspicious/noExplicitAny: between two steps of a chain the type of the items is theirs alone
type AnyStep = Step<any, any>

const none: readonly unknown[] = []

export class Chain<Out> implements Framing {
  /** True once the outcome is known and everything in front of it was given out: nothing may be taken in any more. */
  over = false
  /** An outcome is decided and no more input is wanted; what was put out before still travels. */
  decided = false
  failed = false
  error: unknown
  /** Frames, or runs of them, that came out of the first step that knows of frames. */
  frames = 0
  readonly #steps: AnyStep[] = []
  readonly #framed: number
  /** What waits in front of each step, and how much of it went in already. */
  readonly #waiting: (readonly unknown[])[] = []
  readonly #taken: number[] = []
  /** The last step in front of which something waits; -1 where nothing does. */
  #at = -1
  /** The step that is told of the end when nothing waits any more; behind the last one where none is. */
  #ending: number
  /** The last step that could not begin. */
  #unbegun = -1
  /** By the index of their steps; undefined where no stage has one. */
  #deadlines: (FrameDeadline | undefined)[] | undefined

  /** Begins every step. One that throws already here is a fault of the stream, as if it had thrown at its first input. */
  constructor(stages: readonly Stage<never, unknown>[], late: () => void) {
    this.#ending = stages.length
    for (const [index, stage] of stages.entries()) {
      this.#waiting.push(none)
      this.#taken.push(0)
      try {
        const step = stage.begin()
        this.#steps.push(step)
        if (stage.deadline !== undefined) this.#watch(index, stage.deadline, step, late)
      } catch (error) {
        this.#overrule()
        this.#fail(error)
        this.#unbegun = index
        this.#steps.push({ push() {} })
      }
    }
    this.#framed = this.#steps.findIndex((step) => step.held !== undefined)
  }

  /** What is decided before any read: a step that wants no input at all ends what is behind it. */
  start(out: Out[]): void {
    const last = this.#steps.findLastIndex((step) => step.done === true)
    if (last > this.#unbegun) {
      this.#decide(last)
      this.#ending = last + 1
      do this.run(out)
      while (this.busy)
    } else if (this.failed) {
      this.decided = true
      this.over = true
    }
  }

  /** Takes in a batch, which is then the chain's own. Only when it is not busy. */
  take(batch: readonly unknown[]): void {
    if (batch.length === 0) return
    this.#waiting[0] = batch
    this.#at = 0
  }

  /** The input ended. Only when it is not busy. */
  end(): void {
    this.decided = true
    this.#ending = 0
  }

  /** Whether `run` has something to do. */
  get busy(): boolean {
    return this.#at >= 0 || this.#ending < this.#steps.length
  }

  /** Works until nothing is left to do, or until what it put out is enough for one batch. */
  run(out: Out[]): void {
    let weight = 0
    while (this.busy) {
      const before = out.length
      this.#advance(out)
      if (!this.busy) break
      for (let index = before; index < out.length; index++)
        weight += (out[index] as Partial<Uint8Array>).byteLength ?? 0
      if (weight >= limits.highWaterBytes) return
    }
    if (!this.decided) return
    this.over = true
    this.release()
  }

  /** Bytes that all steps together keep of unfinished frames. */
  held(): number {
    let bytes = 0
    for (const step of this.#steps) bytes += step.held?.() ?? 0
    return bytes
  }

  resting(): boolean | undefined {
    if (this.#steps.some((step) => step.endIsFrame === true)) return false
    return this.#framed >= 0 ? !this.busy && this.held() === 0 : undefined
  }

  /** Nobody reads it: what is late then is not the peer. */
  pause(): void {
    for (const deadline of this.#deadlines ?? []) deadline?.pause()
  }

  resume(): void {
    for (const deadline of this.#deadlines ?? []) deadline?.resume()
  }

  get timed(): boolean {
    return this.#deadlines !== undefined
  }

  /** It is over, or nobody wants it any more. */
  release(): void {
    for (const deadline of this.#deadlines ?? []) deadline?.stop()
  }

  /** @param late called when the chain has failed by itself */
  #watch(index: number, rule: FrameDeadlineRule, step: AnyStep, late: () => void): void {
    this.#deadlines ??= []
    this.#deadlines[index] = new FrameDeadline(rule, step, (error) => {
      if (this.over) return
      this.#drop(this.#steps.length - 1)
      this.#fail(error)
      this.#ending = this.#steps.length
      this.decided = true
      this.over = true
      late()
    })
  }

  /** One step takes some of what waits in front of it, or is told of the end. */
  #advance(out: Out[]): void {
    const last = this.#steps.length - 1
    const ending = this.#at < 0
    const index = ending ? this.#ending++ : this.#at
    const step = this.#steps[index] as AnyStep
    const items = ending ? none : this.#some(index)
    const next: unknown[] = index === last ? out : []
    const before = next.length
    try {
      if (ending) step.end?.(next)
      else if (step.push(items, next) === DONE) {
        this.#decide(index)
        this.#ending = index + 1
      }
    } catch (error) {
      this.#decide(index)
      this.#fail(error)
    }
    if (index === this.#framed && next.length > before && endedFrame(next, before)) this.frames++
    this.#deadlines?.[index]?.look(items, next, before)
    if (index < last && next.length > 0) {
      this.#waiting[index + 1] = next
      this.#at = index + 1
    } else while (this.#at >= 0 && this.#waiting[this.#at] === none) this.#at--
  }

  /** What a step takes at a time: all of it, where that is not too much. */
  #some(index: number): readonly unknown[] {
    const all = this.#waiting[index] as readonly unknown[]
    const from = this.#taken[index] as number
    const to = from + limits.stepItems
    if (to < all.length) {
      this.#taken[index] = to
      return all.slice(from, to)
    }
    this.#waiting[index] = none
    this.#taken[index] = 0
    return from === 0 ? all : all.slice(from)
  }

  /** A step has decided the outcome: nothing more goes into it or into those before it, and what they decided is void. */
  #decide(index: number): void {
    this.#overrule()
    this.#drop(index)
    this.decided = true
    this.#ending = this.#steps.length
  }

  #drop(upTo: number): void {
    this.#waiting.fill(none, 0, upTo + 1)
    this.#taken.fill(0, 0, upTo + 1)
    while (this.#at >= 0 && this.#waiting[this.#at] === none) this.#at--
  }

  #fail(error: unknown): void {
    this.failed = true
    this.error = error
  }

  #overrule(): void {
    if (!this.failed) return
    overruled.publish({ error: this.error })
    this.failed = false
    this.error = undefined
  }
}
