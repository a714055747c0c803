/** Finds frames that end in a mark, and knows when there will be none. */
import { FrameTooLargeError } from '../errors.ts'
import type { Framer } from './frame-decoder.ts'
import type { HeldBytes } from './held-bytes.ts'
import { indexOfMark } from './index-of-mark.ts'

/** A delimiter's rules, worked out once for all its decoders and encoders. */
export interface DelimiterRules {
  readonly name: string
  readonly mark: Uint8Array
  /** The same with a character for each byte. */
  readonly latin1: string
  readonly keep: boolean
  readonly maxBytes: number
  /** So many bytes without a mark in them can only be the beginning of a frame over the limit. */
  readonly hopeless: number
}

const nothing = new Uint8Array(0)

export class DelimiterFramer implements Framer<Uint8Array> {
  readonly name: string
  readonly need = 0
  readonly #rules: DelimiterRules
  /** The last bytes of what is held: all but one of a mark may be among them. */
  #before: Uint8Array = nothing

  constructor(rules: DelimiterRules) {
    this.name = rules.name
    this.#rules = rules
  }

  /**
   * A run of frames is searched as a Latin-1 string, one character a byte: making it is one copy, and searching a string
   * is compiled code, where `Buffer.indexOf` would be a call into native code for every frame.
   */
  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { mark, keep, maxBytes, hopeless, name, latin1 } = this.#rules
    const { buffer, byteOffset } = bytes
    const markSize = mark.byteLength
    const kept = keep ? markSize : 0
    const run = most === 1 ? '' : Buffer.from(buffer, byteOffset + at, end - at).toString('latin1')
    const runAt = at
    for (let taken = 0; taken < most && at < end; taken++) {
      const inRun = most === 1 ? indexOfMark(bytes, mark, at, end) - runAt : run.indexOf(latin1, at - runAt)
      const size = inRun < 0 ? end - at : inRun + runAt - at + kept
      if (inRun < 0 && size < hopeless) {
        this.#before = copy(bytes, Math.max(at, end - markSize + 1), end)
        return at
      }
      if (size > maxBytes || inRun < 0) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
      out.push(new Uint8Array(buffer, byteOffset + at, size))
      at = inRun + runAt + markSize
    }
    return at
  }

  /** A mark may lie across the border: the end of what is held is searched together with the beginning of the chunk. */
  search(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number {
    const { mark, hopeless, maxBytes, name } = this.#rules
    const markSize = mark.byteLength
    const border = this.#border(bytes, at, end)
    const across = markSize > 1 ? indexOfMark(border, mark, 0, border.byteLength) : -1
    if (across >= 0) return across + markSize - this.#before.byteLength
    const found = indexOfMark(bytes, mark, at, end)
    if (found >= 0) return found + markSize - at
    if (held.length + end - at >= hopeless) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
    const short = end - at < markSize - 1
    this.#before = short ? border.slice(1 - markSize) : copy(bytes, end - markSize + 1, end)
    return -1
  }

  /** The end of what is held and as much of the chunk as a mark that began there could reach into. */
  #border(bytes: Uint8Array, at: number, end: number): Uint8Array {
    const before = this.#before
    const reach = Math.min(this.#rules.mark.byteLength - 1, end - at)
    const border = new Uint8Array(before.byteLength + reach)
    border.set(before)
    border.set(bytes.subarray(at, at + reach), before.byteLength)
    return border
  }

  truncated(held: number): { phase: 'payload'; had: number } {
    return { phase: 'payload', had: held }
  }
}

/** Not `slice`, which for a Buffer is a view that would pin the chunk. */
function copy(bytes: Uint8Array, at: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(at, end))
}
