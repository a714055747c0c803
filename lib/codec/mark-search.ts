/**
 * Finds one mark after the other in a run of bytes, going over each byte once.
 *
 * A run is searched as a Latin-1 string, one character a byte: making it is one copy, and searching a string is compiled
 * code, where `Buffer.indexOf` would be a call into native code for every frame.
 */
import type { Marks } from './marks.ts'

export class MarkSearch {
  readonly #run: string
  readonly #runAt: number
  readonly #marks: readonly string[]
  /** For each mark, where the next one begins in the run: behind its end where there is none. */
  readonly #next: number[]

  constructor(marks: Marks, bytes: Uint8Array, at: number, end: number) {
    this.#run = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('latin1')
    this.#runAt = at
    this.#marks = marks.latin1
    this.#next = marks.latin1.map(() => -1)
  }

  /** The index behind the first mark at or behind `from`, or -1. `from` only grows. */
  endOfNext(from: number): number {
    const at = from - this.#runAt
    const marks = this.#marks
    if (marks.length === 1) {
      const found = this.#run.indexOf(marks[0] as string, at)
      return found < 0 ? -1 : found + (marks[0] as string).length + this.#runAt
    }
    let first = Number.POSITIVE_INFINITY
    for (let index = 0; index < marks.length; index++) {
      const mark = marks[index] as string
      let next = this.#next[index] as number
      if (next < at) {
        next = this.#run.indexOf(mark, at)
        if (next < 0) next = Number.POSITIVE_INFINITY
        this.#next[index] = next
      }
      first = Math.min(first, next + mark.length)
    }
    return first === Number.POSITIVE_INFINITY ? -1 : first + this.#runAt
  }
}
