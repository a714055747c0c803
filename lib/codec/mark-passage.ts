import type { MalformedFrameError } from '../errors.ts'
import type { DelimiterRules } from './delimiter-framer.ts'
import type { EscapingReader } from './escaping.ts'
import type { Passage } from './large-frame.ts'

/** Passes over a frame that a mark ends. The last bytes of a piece may be the beginning of one, and come again. */
export class MarkPassage implements Passage {
  done = false
  readonly #rules: DelimiterRules
  readonly #reader: EscapingReader | undefined
  /** Bytes of the begin mark still to come. */
  #begin: number

  constructor(rules: DelimiterRules) {
    this.#rules = rules
    this.#reader = rules.escaping?.reader()
    this.#begin = rules.begin?.byteLength ?? 0
  }

  pass(bytes: Uint8Array, at: number, end: number, data: Uint8Array[]): number {
    const { marks, keep } = this.#rules
    const begun = Math.min(this.#begin, end - at)
    this.#begin -= begun
    const from = at + begun
    const found = marks.endOfFirst(bytes, from, end)
    this.done = found >= 0
    const next = this.done ? found : Math.max(from, end - marks.longest + 1)
    const payloadEnd = this.done && !keep ? found - marks.sizeBefore(bytes, from, found) : next
    const payloadAt = keep ? at : from
    const piece = new Uint8Array(bytes.buffer, bytes.byteOffset + payloadAt, payloadEnd - payloadAt)
    if (this.#reader === undefined) data.push(piece)
    else {
      data.push(this.#reader.read(piece))
      if (this.done) data.push(this.#reader.end())
    }
    return next
  }

  get fault(): MalformedFrameError | undefined {
    return this.#reader?.fault
  }

  missing(): { phase: 'payload' } {
    return { phase: 'payload' }
  }
}
