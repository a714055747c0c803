/**
 * Writes headers and trailers by a layout: what `BlockReader` reads.
 *
 * The number may count bytes whose number depends on it (a varint that counts itself, an escape), so the header is worked
 * out until it says what it is.
 */
import { FrameRefusedError } from '../errors.ts'
import type { LengthField } from './length-field.ts'
import type { Layout } from './length-layout.ts'
import type { Packer } from './packer.ts'

/** Puts what the header says beside the length where it belongs. */
export type WriteHeader = (into: Uint8Array, at: number, behind: number) => void

export class BlockWriter {
  readonly #name: string
  readonly #layout: Layout
  #header: Uint8Array = new Uint8Array(64)

  constructor(name: string, layout: Layout) {
    this.#name = name
    this.#layout = layout
  }

  /** One frame with a payload of one piece. */
  put(payload: Uint8Array, packer: Packer, header?: unknown, write?: WriteHeader): void {
    const { trailer, trailerMark } = this.#layout
    const size = this.#work(payload.byteLength, header, write)
    const behind = this.#trailer(this.#behind)
    packer.bytes(this.#header.subarray(0, size))
    packer.bytes(payload)
    if (trailerMark !== undefined) packer.bytes(trailerMark)
    else if (trailer !== 0) packer.bytes(new Uint8Array(behind))
  }

  /** A number that is no length. */
  putNumber(value: number, packer: Packer): void {
    const { field, offset } = this.#layout
    const size = offset + field.sizeOf(value)
    this.#begin(size)
    field.write(value, this.#header, offset)
    packer.bytes(this.#header.subarray(0, size))
  }

  #behind = 0

  /** Writes the header of a payload; answers its size. */
  #work(payload: number, header: unknown, write: WriteHeader | undefined): number {
    const { offset, after, trailer } = this.#layout
    let afterSize = typeof after === 'number' ? after : 0
    let size = 0
    let value = payload
    // Where it can be known at once it must be: the number of the payload alone may be a signal.
    if (typeof after === 'number' && typeof trailer === 'number') {
      value += this.#counted(offset + this.#layout.field.least, after + trailer)
    }
    for (let round = 0; ; round++) {
      const { field, code } = this.#fieldFor(value)
      const first = code === undefined ? 0 : this.#layout.field.sizeOf(code)
      const behind = offset + first + field.sizeOf(value, header)
      size = behind + afterSize
      this.#begin(size + 64)
      if (code !== undefined) this.#layout.field.write(code, this.#header, offset)
      field.write(value, this.#header, offset + first, header)
      write?.(this.#header, 0, behind)
      this.#behind = behind
      const wantedAfter = typeof after === 'number' ? after : after(this.#header, 0, behind)
      const wanted = payload + this.#counted(behind, wantedAfter + this.#trailer(behind))
      if (wanted === value && wantedAfter === afterSize) {
        if (write !== undefined) this.#verify(field, value, offset + first)
        return size
      }
      if (round === 8) throw new FrameRefusedError(this.#name, `of ${payload} bytes: no number says its own size`)
      value = wanted
      afterSize = wantedAfter
    }
  }

  /** A header format must leave alone what is not its own. */
  #verify(field: LengthField, value: number, at: number): void {
    const { constant } = this.#layout
    const same = field.size === 0 || field.read(this.#header, at, field.size) === value
    if (same && (constant === undefined || constant.every((byte, index) => this.#header[index] === byte))) return
    throw new FrameRefusedError(this.#name, 'whose header overwrites its length or its constant bytes')
  }

  #trailer(behind: number): number {
    const { trailer } = this.#layout
    return typeof trailer === 'number' ? trailer : trailer(this.#header, 0, behind)
  }

  #counted(behind: number, around: number): number {
    const { counts, offset } = this.#layout
    if (counts === 'payload') return 0
    if (counts === 'itself') return behind - offset + around
    return counts === 'frame' ? behind + around : around - counts
  }

  /** An empty header with the bytes that always stand in it. */
  #begin(size: number): void {
    if (this.#header.byteLength < size) this.#header = new Uint8Array(size * 2)
    else this.#header.fill(0, 0, size)
    if (this.#layout.constant !== undefined) this.#header.set(this.#layout.constant)
  }

  /** What writes this number: the field itself, or, behind the mark of an escape, a wider one. */
  #fieldFor(value: number): { field: LengthField; code?: number } {
    const { field, escapes, signals } = this.#layout
    if (escapes === undefined && signals === undefined) {
      if (value >= 0 && value <= field.largest) return { field }
    } else if (value >= 0 && value <= this.#largest && signals?.has(value) !== true) return { field }
    let best: { field: LengthField; code: number } | undefined
    for (const [code, wide] of escapes ?? []) {
      if (value <= wide.largest && (best === undefined || wide.size < best.field.size)) best = { field: wide, code }
    }
    if (best !== undefined && value >= 0) return best
    throw new FrameRefusedError(this.#name, `whose length would be written as ${value}, which means something else`)
  }

  /** The largest number that the field itself writes: below every escape. */
  get #largest(): number {
    const escapes = [...(this.#layout.escapes?.keys() ?? [])].filter((value) => value >= 0)
    return Math.min(this.#layout.field.largest, ...escapes.map((value) => value - 1))
  }
}
