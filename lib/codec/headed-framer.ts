/** Takes frames with any layout of header and trailer: views of the payload, of header and payload, or with a header read. */

import { BlockReader } from './block-reader.ts'
import { CountedPassage } from './counted-passage.ts'
import type { Framer } from './frame-decoder.ts'
import type { Oversized } from './large-frame.ts'
import type { FromHeader, Layout } from './length-layout.ts'
import type { Signal } from './signal.ts'

export class HeadedFramer implements Framer<unknown> {
  readonly name: string
  oversized: Oversized<unknown> | undefined
  readonly #layout: Layout
  readonly #reader: BlockReader
  readonly #limit: number
  readonly #refused: number
  readonly #keep: boolean
  readonly #header: FromHeader<unknown> | undefined
  readonly #signals: ReadonlyMap<string, Signal>
  #phase: 'header' | 'payload' = 'header'
  #payloadEnd = 0
  need: number

  /**
   * @param limit the largest frame that is joined, in bytes
   * @param refused the largest that is allowed
   */
  constructor(
    name: string,
    layout: Layout,
    { limit, maxBytes, header }: { limit: number; maxBytes: number; header: 'keep' | FromHeader<unknown> | undefined }
  ) {
    this.name = name
    this.#layout = layout
    this.#limit = limit
    this.#refused = maxBytes
    this.#keep = header === 'keep'
    this.#header = typeof header === 'function' ? header : undefined
    this.#reader = new BlockReader(name, layout)
    this.#signals = new Map([...(layout.signals?.values() ?? [])].map((signal) => [signal, Object.freeze({ signal })]))
    this.need = this.#reader.need
  }

  take(bytes: Uint8Array, at: number, end: number, out: unknown[], most: number): number {
    const { buffer, byteOffset } = bytes
    const reader = this.#reader
    const header = this.#header
    const limit = this.#limit
    const checked = this.#layout.trailerMark !== undefined
    this.#phase = 'header'
    for (let taken = 0; taken < most && at < end; taken++) {
      if (!reader.read(bytes, at, end)) break
      if (reader.signal !== undefined) {
        out.push(this.#signals.get(reader.signal))
        at = reader.behind
        continue
      }
      const from = this.#keep ? at : reader.payloadAt
      const payloadEnd = reader.payloadAt + reader.payload
      // Not the difference of two indices: those of a number near 2^53 are rounded.
      const size = this.#keep ? reader.payloadAt - at + reader.payload : reader.payload
      if (size > limit) {
        this.#refuse(bytes, at, size)
        return at
      }
      const next = payloadEnd + reader.trailer
      if (next > end) {
        this.#phase = 'payload'
        this.#payloadEnd = payloadEnd - at
        this.need = next - at
        return at
      }
      if (checked) reader.verify(bytes, payloadEnd)
      const payload = new Uint8Array(buffer, byteOffset + from, size)
      out.push(header === undefined ? payload : { header: header(bytes, at, reader.behind), payload })
      at = next
    }
    this.need = reader.need
    return at
  }

  truncated(held: number): ReturnType<Framer<unknown>['truncated']> {
    if (this.#phase === 'payload') {
      return { phase: held < this.#payloadEnd ? 'payload' : 'trailer', had: held, needed: this.need }
    }
    const { field, escapes, signals, offset, after } = this.#layout
    if (field.size === 0 || escapes !== undefined) return { phase: 'header', had: held }
    const surely = typeof after === 'number' && signals === undefined ? after : 0
    return { phase: 'header', had: held, needed: Math.max(this.need, offset + field.size + surely) }
  }

  #refuse(bytes: Uint8Array, at: number, size: number): void {
    const { payloadAt, payload, trailer, behind } = this.#reader
    const before = this.#keep ? 0 : payloadAt - at
    const header = this.#header?.(bytes, at, behind)
    const frame = (part: Uint8Array): unknown => (this.#header === undefined ? part : { header, payload: part })
    const passage = new CountedPassage(this.name, before, size, trailer, this.#layout.trailerMark)
    const length = this.#keep ? size : payload
    this.oversized = { size, limit: this.#refused, length, header, room: this.#refused, frame, passage }
  }
}
