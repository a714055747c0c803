/**
 * The marks of which any ends a frame, and how the next one is found.
 *
 * The mark that is complete first counts; of two that are complete with the same byte, the longer one (`\r\n`, not the
 * `\n` in it). So the answer never depends on bytes that have not come yet.
 */
import { InvalidOptionError } from '../errors.ts'
import { indexOfMark } from './index-of-mark.ts'

/** Bytes looked at first where there are several marks. */
const firstWindow = 256

export class Marks {
  /** The first is the one that encoders write. */
  readonly all: readonly Uint8Array[]
  /** The same with a character for each byte. */
  readonly latin1: readonly string[]
  /** Bytes of the longest. */
  readonly longest: number

  /** @throws InvalidOptionError for an empty mark, and for one that another is always complete before */
  constructor(option: string, marks: readonly (string | Uint8Array)[]) {
    if (marks.length === 0) throw new InvalidOptionError(option, '[]', 'at least one')
    this.all = marks.map((mark) => bytesOfMark(option, mark))
    this.latin1 = this.all.map((mark) => Buffer.from(mark).toString('latin1'))
    this.longest = Math.max(...this.all.map((mark) => mark.byteLength))
    for (const [index, mark] of this.latin1.entries()) {
      const sooner = this.latin1.find((other, at) => {
        const found = mark.indexOf(other)
        return at !== index && found >= 0 && (found + other.length < mark.length || other.length === mark.length)
      })
      if (sooner !== undefined) {
        throw new InvalidOptionError(
          option,
          JSON.stringify(mark),
          `no mark that ${JSON.stringify(sooner)} is in front of`
        )
      }
    }
  }

  /** The index behind the first mark in `bytes[at, end)`, or -1. */
  endOfFirst(bytes: Uint8Array, at: number, end: number): number {
    const [only] = this.all
    if (this.all.length > 1) return this.#endInWindows(bytes, at, end)
    const found = indexOfMark(bytes, only as Uint8Array, at, end)
    return found < 0 ? -1 : found + (only as Uint8Array).byteLength
  }

  /** Looks at more and more bytes: a mark that is nowhere must not cost a look at all of them for each frame. */
  #endInWindows(bytes: Uint8Array, at: number, end: number): number {
    for (let from = at, size = firstWindow; ; size *= 2) {
      const until = Math.min(end, from + size)
      let first = -1
      for (const mark of this.all) {
        const found = indexOfMark(bytes, mark, from, first < 0 ? until : first)
        if (found >= 0) first = found + mark.byteLength
      }
      if (first >= 0 || until === end) return first
      from = Math.max(from, until - this.longest + 1)
    }
  }

  /** Bytes of the mark that ends in front of `end`, no further back than `at`. */
  sizeBefore(bytes: Uint8Array, at: number, end: number): number {
    const [only] = this.all
    if (this.all.length === 1) return (only as Uint8Array).byteLength
    let longest = 0
    for (const mark of this.all) {
      const size = mark.byteLength
      if (size <= longest || end - size < at) continue
      let index = 0
      while (index < size && bytes[end - size + index] === mark[index]) index++
      if (index === size) longest = size
    }
    return longest
  }
}

/** @throws InvalidOptionError */
export function bytesOfMark(option: string, mark: string | Uint8Array): Uint8Array {
  const bytes = typeof mark === 'string' ? new TextEncoder().encode(mark) : Uint8Array.from(mark)
  if (bytes.byteLength === 0) throw new InvalidOptionError(option, mark, 'at least one byte')
  return bytes
}
