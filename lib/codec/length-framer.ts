/** The two commonest layouts, a plain binary number and a plain varint in front of a payload, at full speed. */
import { MalformedFrameError } from '../errors.ts'
import { CountedPassage } from './counted-passage.ts'
import type { Framer } from './frame-decoder.ts'
import { asItIs, type Oversized } from './large-frame.ts'
import { type LengthField, readVarint } from './length-field.ts'

/** The largest frame that is joined, and the largest that is allowed, in bytes. */
export interface LengthLimits {
  limit: number
  maxBytes: number
}

export class LengthFramer implements Framer<Uint8Array> {
  readonly name: string
  need: number
  oversized: Oversized<Uint8Array> | undefined
  readonly #field: LengthField
  readonly #limits: LengthLimits

  constructor(name: string, field: LengthField, limits: LengthLimits) {
    this.name = name
    this.#field = field
    this.#limits = limits
    this.need = field.size
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { buffer, byteOffset } = bytes
    const { size, read } = this.#field
    const { limit } = this.#limits
    for (let taken = 0; taken < most; taken++) {
      const start = at + size
      if (start > end) break
      const length = read(bytes, at, size)
      if (length > limit || length < 0) {
        this.oversized = oversized(this.name, size, length, this.#limits)
        return at
      }
      const next = start + length
      if (next > end) {
        this.need = size + length
        return at
      }
      out.push(new Uint8Array(buffer, byteOffset + start, length))
      at = next
    }
    this.need = size
    return at
  }

  truncated(held: number): ReturnType<Framer<Uint8Array>['truncated']> {
    return { phase: held < this.#field.size ? 'header' : 'payload', had: held, needed: this.need }
  }
}

export class VarintFramer implements Framer<Uint8Array> {
  readonly name: string
  need = 1
  oversized: Oversized<Uint8Array> | undefined
  readonly #field: LengthField
  readonly #limits: LengthLimits
  #header = true

  constructor(name: string, field: LengthField, limits: LengthLimits) {
    this.name = name
    this.#field = field
    this.#limits = limits
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { buffer, byteOffset } = bytes
    const { limit } = this.#limits
    for (let taken = 0; taken < most && at < end; taken++) {
      let start = at
      let length = bytes[start++] as number
      if (length >= 0x80) {
        const size = this.#field.measure(bytes, at, end, 0)
        if (size === 0) {
          this.#header = true
          this.need = end - at + 1
          return at
        }
        start = at + size
        length = readVarint(bytes, at)
      }
      if (length > limit) {
        this.oversized = oversized(this.name, start - at, length, this.#limits)
        return at
      }
      const next = start + length
      if (next > end) {
        this.#header = false
        this.need = next - at
        return at
      }
      out.push(new Uint8Array(buffer, byteOffset + start, length))
      at = next
    }
    this.#header = true
    this.need = 1
    return at
  }

  truncated(held: number): ReturnType<Framer<Uint8Array>['truncated']> {
    if (this.#header) return { phase: 'header', had: held }
    return { phase: 'payload', had: held, needed: this.need }
  }
}

function oversized(name: string, header: number, length: number, { maxBytes }: LengthLimits): Oversized<Uint8Array> {
  if (length < 0) throw new MalformedFrameError(name, `a length of ${length} is negative`)
  const passage = new CountedPassage(name, header, length)
  return { size: length, limit: maxBytes, length, room: maxBytes, frame: asItIs, passage }
}
