/**
 * Runs many steps as one: a batch goes through all of them in one loop without a promise in between.
 *
 * What travels along the loop besides items is the outcome. After a DONE or the end of the input, the steps behind get
 * their `end`. After a fault they get what was put out before it, and no `end`: half a message must not be closed as if
 * it were whole. The outcome decided nearest the sink wins, so that the result does not depend on how the bytes were
 * cut: had they come one by one, the step in front would never have been asked.
 */
import { channel } from 'node:diagnostics_channel'
import { DONE } from '../symbols.ts'
import type { FrameDeadlineRule, Stage, Step } from '../types.ts'
import { FrameDeadline } from './frame-deadline.ts'

/** Published with `{ error }` when a fault is overruled by an outcome nearer the sink. */
const overruled = channel('it-serve:fault-overruled')

// biome-ignore lint/suspicious/noExplicitAny: between two steps of a chain the type of the items is theirs alone
type AnyStep = Step<any, any>

export class Chain<Out> {
  /** True once the outcome is known: nothing may be pushed any more. */
  over = false
  failed = false
  error: unknown
  readonly #steps: AnyStep[] = []
  /** The last step that could not begin. */
  #unbegun = -1
  /** By the index of their steps; undefined where no stage has one. */
  #deadlines: (FrameDeadline | undefined)[] | undefined

  /** Begins every step. One that throws already here is a fault of the stream, as if it had thrown at its first input. */
  constructor(stages: readonly Stage<never, unknown>[], late: () => void) {
    for (const [index, stage] of stages.entries()) {
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
  }

  /** What is decided before any read: a step that wants no input at all ends what is behind it. */
  start(out: Out[]): void {
    const last = this.#steps.findLastIndex((step) => step.done === true)
    if (last > this.#unbegun) {
      this.#overrule()
      this.#run(last + 1, [], out, true)
    } else if (this.failed) this.over = true
  }

  push(batch: readonly unknown[], out: Out[]): void {
    this.#run(0, batch, out, false)
  }

  end(out: Out[]): void {
    this.#run(0, [], out, true)
  }

  /** Bytes that all steps together keep of unfinished frames. */
  held(): number {
    let bytes = 0
    for (const step of this.#steps) bytes += step.held?.() ?? 0
    return bytes
  }

  /** Whether the input could end here and cut no frame; undefined where no step knows of frames. */
  resting(): boolean | undefined {
    if (this.#steps.some((step) => step.endIsFrame === true)) return false
    return this.#steps.some((step) => step.held !== undefined) ? this.held() === 0 : undefined
  }

  /** Nobody reads it: what is late then is not the peer. */
  pause(): void {
    for (const deadline of this.#deadlines ?? []) deadline?.pause()
  }

  resume(): void {
    for (const deadline of this.#deadlines ?? []) deadline?.resume()
  }

  /** Whether a frame may be late. */
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
      this.#fail(error)
      this.over = true
      late()
    })
  }

  #run(from: number, batch: readonly unknown[], out: Out[], ending: boolean): void {
    const steps = this.#steps
    const last = steps.length - 1
    let items = batch
    for (let index = from; index <= last; index++) {
      const step = steps[index] as AnyStep
      const next: unknown[] = index === last ? out : []
      const before = next.length
      try {
        if (items.length > 0 && step.push(items, next) === DONE) {
          this.#overrule()
          ending = true
        } else if (ending) {
          step.end?.(next)
        }
      } catch (error) {
        this.#overrule()
        this.#fail(error)
        ending = false
      }
      this.#deadlines?.[index]?.look(items, next, before)
      items = next
      if (items.length === 0 && !ending && !this.failed) return
    }
    if (!ending && !this.failed) return
    this.over = true
    this.release()
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
