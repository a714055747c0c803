/**
 * Reads one header after the other by a layout. What it found is in its fields until the next `read`: they are plain
 * numbers, so that a frame costs no object beside itself.
 */
import { FrameTooLargeError, InvalidOptionError, MalformedFrameError } from '../errors.ts'
import { limits } from '../limits.ts'
import { badTrailer } from './counted-passage.ts'
import type { LengthField } from './length-field.ts'
import type { Layout } from './length-layout.ts'

const nothing = new Uint8Array(0)

export class BlockReader {
  /** Bytes, from the first of the frame, without which another look is useless. */
  need: number
  /** The number as it was written. */
  value = 0
  signal: string | undefined
  /** Index behind the number. */
  behind = 0
  /** Index of the first byte of the payload. */
  payloadAt = 0
  /** Bytes of the payload. */
  payload = 0
  /** Bytes behind the payload. */
  trailer = 0
  readonly #name: string
  readonly #layout: Layout
  readonly #least: number
  /** A number of so many bytes and nothing else, which needs no look at the options. */
  readonly #plain: boolean
  readonly #size: number
  readonly #read: LengthField['read']
  /** What the trailer must be. */
  readonly #mark: Uint8Array
  readonly #markSize: number
  /** Bytes of an unfinished number that were looked at. */
  #seen = 0

  constructor(name: string, layout: Layout) {
    this.#name = name
    this.#layout = layout
    this.#least = layout.offset + layout.field.least
    this.#plain = layout.plain && layout.field.size > 0
    this.#size = layout.field.size
    this.#read = layout.field.read
    this.#mark = layout.trailerMark ?? nothing
    this.#markSize = this.#mark.byteLength
    this.need = this.#least
  }

  /** Whether the header at `at` is whole; says what is needed where it is not. @throws MalformedFrameError */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    if (this.#plain) return this.#readPlain(bytes, at, end)
    const { field, offset, after, trailer, escapes, signals, constant } = this.#layout
    const start = at + offset
    const size = field.size > 0 ? field.size : start < end ? field.measure(bytes, start, end, this.#seen) : 0
    if (size === 0 || start + size > end) return this.#wait(size, at, end)
    let value = field.read(bytes, start, size)
    let behind = start + size
    this.value = value
    if (constant !== undefined) this.#check(constant, bytes, at)
    this.signal = signals?.get(value)
    if (this.signal !== undefined) return this.#whole(behind, behind, 0, 0)
    const wide = escapes?.get(value)
    if (wide !== undefined) {
      if (behind + wide.size > end) return this.#wait(behind + wide.size - start, at, end)
      value = wide.read(bytes, behind, wide.size)
      behind += wide.size
    }
    const afterSize = typeof after === 'number' ? after : this.#told('after', after(bytes, at, behind))
    const payloadAt = behind + afterSize
    if (payloadAt > end) return this.#wait(payloadAt - start, at, end)
    const trailerSize = typeof trailer === 'number' ? trailer : this.#told('trailer', trailer(bytes, at, behind))
    const payload = value - this.#counted(at, start, behind, afterSize + trailerSize)
    if (payload < 0) this.#refuse(value)
    return this.#whole(behind, payloadAt, payload, trailerSize)
  }

  #readPlain(bytes: Uint8Array, at: number, end: number): boolean {
    const behind = at + this.#size
    if (behind > end) return false
    const value = this.#read(bytes, at, this.#size)
    if (value < 0) this.#refuse(value)
    this.value = value
    this.behind = behind
    this.payloadAt = behind
    this.payload = value
    return true
  }

  /** Whether the trailer at `at`, which is there, is what it must be. @throws MalformedFrameError */
  verify(bytes: Uint8Array, at: number): void {
    const mark = this.#mark
    const size = this.#markSize
    for (let index = 0; index < size; index++) {
      if (bytes[at + index] !== mark[index]) throw badTrailer(this.#name, mark)
    }
  }

  /** How much more than the payload the number counts. */
  #counted(at: number, start: number, behind: number, around: number): number {
    const { counts } = this.#layout
    if (counts === 'payload') return 0
    if (counts === 'itself') return behind - start + around
    return counts === 'frame' ? behind - at + around : around - counts
  }

  #wait(size: number, at: number, end: number): false {
    const { offset } = this.#layout
    this.#seen = size > 0 ? 0 : Math.max(0, end - at - offset)
    this.need = size > 0 ? offset + size : Math.max(this.#least, end - at + 1)
    return false
  }

  #whole(behind: number, payloadAt: number, payload: number, trailer: number): true {
    this.behind = behind
    this.payloadAt = payloadAt
    this.payload = payload
    this.trailer = trailer
    this.need = this.#least
    this.#seen = 0
    return true
  }

  #check(constant: Uint8Array, bytes: Uint8Array, at: number): void {
    for (let index = 0; index < constant.byteLength; index++) {
      if (bytes[at + index] === constant[index]) continue
      const found = Buffer.from(bytes.subarray(at, at + constant.byteLength)).toString('hex')
      throw new MalformedFrameError(this.#name, `a frame begins with ${found}`)
    }
  }

  /** A size that a function told: of the peer's making where it is too large, of ours where it is none. */
  #told(option: string, size: number): number {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new InvalidOptionError(`${option}()`, size, 'a whole number of bytes')
    if (size <= limits.delimitedBytes) return size
    throw new FrameTooLargeError(`${this.#name} ${option}`, size, limits.delimitedBytes)
  }

  #refuse(value: number): never {
    const why = value < 0 ? 'is negative' : 'is less than the bytes that it counts'
    throw new MalformedFrameError(this.#name, `a length of ${value} ${why}`)
  }
}
