/** Takes block by block, and keeps the blocks of a message until its last. */
import { BlockReader } from './block-reader.ts'
import { FragmentPassage } from './fragment-passage.ts'
import type { Fragments } from './fragments.ts'
import { type Framer, partialBytes } from './frame-decoder.ts'
import { HeldBytes } from './held-bytes.ts'
import { asItIs, type Oversized } from './large-frame.ts'
import type { LengthLimits } from './length-framer.ts'
import type { Layout } from './length-layout.ts'
import { TrailerLines } from './trailer-lines.ts'

export class FragmentFramer implements Framer<Uint8Array> {
  readonly name: string
  need: number
  oversized: Oversized<Uint8Array> | undefined
  readonly #layout: Layout
  readonly #fragments: Fragments
  readonly #limits: LengthLimits
  readonly #reader: BlockReader
  #message = new HeldBytes()
  #blocks = 0
  /** Bytes of the stream that the message took so far. */
  #taken = 0
  /** The first bytes of the message as they came, for the error in case that it is cut. */
  #beginning = new HeldBytes()
  #trailer: TrailerLines | undefined
  #inHeader = true
  /** The end of a message as we write it. */
  readonly #ending: Uint8Array

  constructor(name: string, layout: Layout, fragments: Fragments, ending: Uint8Array, limits: LengthLimits) {
    this.name = name
    this.#layout = layout
    this.#fragments = fragments
    this.#limits = limits
    this.#ending = ending
    this.#reader = new BlockReader(name, layout)
    this.need = this.#reader.need
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { buffer, byteOffset } = bytes
    const { last, trailerLines, maxBlockBytes } = this.#fragments
    const reader = this.#reader
    const ending = this.#ending
    const endingSize = ending.byteLength
    const sole = Math.min(this.#limits.limit, maxBlockBytes)
    const checked = this.#layout.trailerMark !== undefined
    this.#inHeader = true
    for (let taken = 0; taken < most && at < end; ) {
      if (this.#trailer !== undefined) {
        at = this.#lines(this.#trailer, bytes, at, end)
        if (!this.#trailer.done) return at
        this.#trailer = undefined
        out.push(this.#end())
        taken++
        continue
      }
      if (!reader.read(bytes, at, end)) break
      const { payloadAt, payload, trailer } = reader
      const isLast = last === undefined ? reader.value === 0 : last.read(bytes, at, reader.behind)
      const payloadEnd = payloadAt + payload
      const next = payloadEnd + trailer
      if ((payload > sole || this.#blocks > 0 || sole < 0) && !this.#allowed(payload, isLast)) return at
      if (isLast && last === undefined && trailerLines) {
        this.#keep(bytes, at, payloadAt, payloadAt, payloadAt)
        this.#trailer = new TrailerLines(this.name)
        this.need = 1
        at = payloadAt
        continue
      }
      if (next > end) {
        this.#inHeader = false
        this.need = next - at
        return at
      }
      if (checked && trailer > 0) reader.verify(bytes, payloadEnd)
      if (this.#blocks === 0 && !isLast && last === undefined && next + endingSize <= end) {
        // The commonest message by far, one block and its end in one chunk, is a view like any other frame.
        let same = 0
        while (same < endingSize && bytes[next + same] === ending[same]) same++
        if (same === endingSize) {
          out.push(new Uint8Array(buffer, byteOffset + payloadAt, payload))
          taken++
          at = next + endingSize
          continue
        }
      }
      if (isLast && this.#blocks === 0) out.push(new Uint8Array(buffer, byteOffset + payloadAt, payload))
      else {
        this.#keep(bytes, at, payloadAt, payloadEnd, next)
        if (isLast) out.push(this.#end())
      }
      if (isLast) taken++
      at = next
    }
    this.need = this.#trailer === undefined ? reader.need : 1
    return at
  }

  kept(): number {
    return this.#taken
  }

  beginning(): Uint8Array {
    return this.#beginning.join()
  }

  truncated(held: number): ReturnType<Framer<Uint8Array>['truncated']> {
    const phase = this.#trailer !== undefined ? 'trailer' : this.#inHeader ? 'header' : 'payload'
    return { phase, had: held + this.#taken }
  }

  #lines(lines: TrailerLines, bytes: Uint8Array, at: number, end: number): number {
    const next = lines.take(bytes, at, end)
    this.#keep(bytes, at, next, next, next)
    this.need = end - next + 1
    return next
  }

  #keep(bytes: Uint8Array, at: number, payloadAt: number, payloadEnd: number, next: number): void {
    this.#message.append(bytes.subarray(payloadAt, payloadEnd))
    this.#blocks++
    this.#taken += next - at
    const shown = Math.min(next - at, partialBytes - this.#beginning.length)
    if (shown > 0) this.#beginning.append(bytes.subarray(at, at + shown))
  }

  /** Whether a block is within the limits; where it is not, the message is too large to be joined. */
  #allowed(size: number, isLast: boolean): boolean {
    const { maxBlockBytes, maxBlocks } = this.#fragments
    const { limit, maxBytes } = this.#limits
    const whole = this.#message.length + size
    const counted = size > 0 || !isLast || this.#fragments.last !== undefined
    if (size > maxBlockBytes) this.#refuse(`${this.name} block`, size, maxBlockBytes, 'bytes')
    else if (whole > limit) this.#refuse(undefined, whole, maxBytes, 'bytes')
    else if (counted && this.#blocks >= maxBlocks) this.#refuse(undefined, maxBlocks + 1, maxBlocks, 'blocks')
    else return true
    return false
  }

  /** @param name what is too large, where it is not the message */
  #refuse(name: string | undefined, size: number, limit: number, unit: 'bytes' | 'blocks'): void {
    const passage = new FragmentPassage(this.name, this.#layout, this.#fragments, this.#message.join())
    const taken = this.#taken
    this.#end()
    this.oversized = {
      ...(name === undefined ? {} : { name }),
      size,
      limit,
      unit,
      length: undefined,
      taken,
      room: this.#limits.maxBytes,
      frame: asItIs,
      passage
    }
  }

  #end(): Uint8Array {
    const message = this.#message.join()
    this.#message = new HeldBytes()
    this.#beginning = new HeldBytes()
    this.#blocks = 0
    this.#taken = 0
    return message
  }
}
