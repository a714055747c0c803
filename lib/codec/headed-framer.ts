/** Takes frames with any layout of header and trailer: views of the payload, of header and payload, or with a header read. */

import { MalformedFrameError, PeerError } from '../errors.ts'
import { BlockReader } from './block-reader.ts'
import { CountedPassage } from './counted-passage.ts'
import type { Framer } from './frame-decoder.ts'
import type { Oversized } from './large-frame.ts'
import type { LengthLimits } from './length-framer.ts'
import type { FromHeader, Layout } from './length-layout.ts'
import type { Signal } from './signal.ts'

export interface HeadedRules extends LengthLimits {
  readonly header: 'keep' | FromHeader<unknown> | undefined
  /** Whether a frame whose header cannot be read is an item in its place. */
  readonly tolerant?: boolean
}

export class HeadedFramer implements Framer<unknown> {
  readonly name: string
  oversized: Oversized<unknown> | undefined
  readonly #layout: Layout
  readonly #reader: BlockReader
  readonly #limit: number
  readonly #refused: number
  readonly #tolerant: boolean
  readonly #keep: boolean
  readonly #header: FromHeader<unknown> | undefined
  readonly #signals: ReadonlyMap<string, Signal>
  #phase: 'header' | 'payload' = 'header'
  #payloadEnd = 0
  need: number

  constructor(name: string, layout: Layout, { limit, maxBytes, header, tolerant = false }: HeadedRules) {
    this.name = name
    this.#layout = layout
    this.#limit = limit
    this.#refused = maxBytes
    this.#tolerant = tolerant
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
      out.push(header === undefined ? payload : this.#headed(header, bytes, at, payload))
      at = next
    }
    this.need = reader.need
    return at
  }

  truncated(held: number): ReturnType<Framer<unknown>['truncated']> {
    if (this.#phase === 'payload') {
      return { phase: held < this.#payloadEnd ? 'payload' : 'trailer', had: held, needed: this.need }
    }
    const known = this.#layout.field.size > 0 && this.#layout.escapes === undefined
    return { phase: 'header', had: held, needed: known ? this.need : undefined }
  }

  /** Where the reader wants it so, a header that cannot be read is an error in the place of its frame. */
  #headed(read: FromHeader<unknown>, bytes: Uint8Array, at: number, payload: Uint8Array): unknown {
    try {
      return { header: this.#read(read, bytes, at), payload }
    } catch (error) {
      if (this.#tolerant) return error
      throw error
    }
  }

  /** @throws PeerError whatever a header format throws */
  #read(read: FromHeader<unknown>, bytes: Uint8Array, at: number): unknown {
    try {
      return read(bytes, at, this.#reader.behind)
    } catch (cause) {
      if (cause instanceof PeerError) throw cause
      throw new MalformedFrameError(this.name, 'a header cannot be read', { cause })
    }
  }

  #refuse(bytes: Uint8Array, at: number, size: number): void {
    const { payloadAt, payload, trailer } = this.#reader
    const before = this.#keep ? 0 : payloadAt - at
    const header = this.#header === undefined ? undefined : this.#read(this.#header, bytes, at)
    const frame = (part: Uint8Array): unknown => (this.#header === undefined ? part : { header, payload: part })
    const passage = new CountedPassage(this.name, before, size, trailer, this.#layout.trailerMark)
    const length = this.#keep ? size : payload
    this.oversized = { size, limit: this.#refused, length, header, room: this.#refused, frame, passage }
  }
}
