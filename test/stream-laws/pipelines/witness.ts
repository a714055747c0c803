/**
 * What became of one step.
 *
 * A witness holds the core to the contract of a step: nothing behind DONE, a throw or the end, no empty push, one end.
 * And it holds the step to its own: a batch is borrowed, so it is taken away as soon as `push` has returned.
 */
import type { Step } from '../../../lib/types.ts'

export class Witness {
  /** Bytes pushed, where the items are bytes. */
  bytes = 0
  ended = 0
  readonly broken: string[] = []
  #over: string | undefined

  /** @returns the step as the core sees it */
  over(step: Step<never, unknown>, done: symbol): Step<never, unknown> {
    return {
      push: (batch, out) => {
        this.#called('push')
        if (batch.length === 0) this.broken.push('an empty push')
        for (const item of batch as readonly unknown[]) if (item instanceof Uint8Array) this.bytes += item.byteLength
        const lent = [...batch]
        const answer = this.#guard(() => step.push(lent, out))
        lent.length = 0
        if (answer === done) this.#over = 'DONE'
        return answer
      },
      end: (out) => {
        this.#called('end')
        this.ended++
        this.#guard(() => step.end?.(out))
        this.#over ??= 'the end'
      },
      done: step.done === true
    }
  }

  #called(what: string): void {
    if (this.#over !== undefined) this.broken.push(`${what} behind ${this.#over}`)
  }

  #guard<R>(call: () => R): R {
    try {
      return call()
    } catch (error) {
      this.#over = 'a fault'
      throw error
    }
  }
}
