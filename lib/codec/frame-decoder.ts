/**
 * What is the same for every decoder, written once: bytes held between chunks, `frames`, `rest`, truncation, frames over
 * the limit, and that a dead decoder stays dead with the same fault.
 *
 * A codec's author writes a `Framer`: how to take whole frames out of bytes in one piece. Inside one chunk that is all
 * that runs, and a frame is a view of the chunk. What is left over is held until it is worth another look, joined, and
 * given to the same `take`.
 */

import { checkRun } from '../decoder-run.ts'
import { type FramePhase, FrameTooLargeError, UnexpectedEndError } from '../errors.ts'
import { DONE } from '../symbols.ts'
import type { Decoder, DecoderRun } from '../types.ts'
import { HeldBytes } from './held-bytes.ts'
import { LargeFrame, type Oversized, ruleOf } from './large-frame.ts'

export interface Framer<F> {
  readonly name: string
  /**
   * Takes whole frames, at most `most`, out of `bytes[at, end)` and adds them to `out`; answers the index of the first
   * byte not taken. Sets `need`. Throws when what stands there can never become a frame; where it would be one over the
   * limit, sets `oversized`.
   */
  take(bytes: Uint8Array, at: number, end: number, out: F[], most: number): number
  /** Bytes, counted from the first one not taken, without which another look is useless; 0 where the end is searched. */
  readonly need: number
  /**
   * Where `need` is 0: how many of `bytes[at, end)` belong to the frame whose beginning is held, up to its end; -1 while
   * the end is not in sight. Where the limit is passed without an end, sets `oversized`.
   */
  search?(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number
  /** The next frame, the first of whose bytes was not taken, is over the limit. The decoder sets it back. */
  oversized?: Oversized<F> | undefined
  /** Bytes that the framer itself keeps of a frame that is not whole, held ones not counted. */
  kept?(): number
  /** The beginning of what it keeps itself, as it came on the wire: as much as errors show. */
  beginning?(): Uint8Array
  /** What is missing when the stream ends with `held` bytes of a frame. */
  truncated(held: number): { phase: FramePhase; had: number; needed?: number | undefined }
  /** Where the end of the stream is the end of the frame: the frame of everything that came. */
  atEnd?(bytes: Uint8Array): F
}

/** No limit on frames, as a number that the loops of the framers compare fastest (31 bits). */
const unlimited = 2 ** 30 - 1

/** How much of a truncated frame an error shows, in bytes. */
export const partialBytes = 4096

const nothing = new Uint8Array(0)

export class FrameDecoder<F> implements Decoder<F> {
  readonly #framer: Framer<F>
  readonly #run: DecoderRun
  readonly #held = new HeldBytes()
  #large: LargeFrame<F> | undefined
  #left: number
  #rest: Uint8Array[] = []
  #fault: { error: unknown } | undefined
  readonly done: boolean
  readonly endIsFrame: boolean

  constructor(framer: Framer<F>, run: DecoderRun = {}) {
    const { frames = unlimited } = run
    checkRun(run)
    this.#framer = framer
    this.#run = run
    this.#left = frames
    this.done = frames === 0
    this.endIsFrame = framer.atEnd !== undefined
  }

  push(batch: readonly Uint8Array[], out: F[]): typeof DONE | undefined {
    if (this.#fault !== undefined) throw this.#fault.error
    let index = 0
    try {
      for (; index < batch.length && this.#left > 0; index++) this.#chunk(this.#plain(batch[index]), out)
    } catch (error) {
      this.#fault = { error }
      throw error
    }
    if (this.#left > 0) return undefined
    for (; index < batch.length; index++) this.#keepRest(batch[index] as Uint8Array)
    return DONE
  }

  end(out: F[]): void {
    if (this.#fault !== undefined) throw this.#fault.error
    if (this.#left === 0) return
    const missing = this.#missing()
    if (missing !== undefined) {
      this.#fault = { error: new UnexpectedEndError(this.#framer.name, { ...missing, partial: this.#partial() }) }
      throw this.#fault.error
    }
    const { atEnd } = this.#framer
    if (atEnd === undefined) return
    this.#left = 0
    if (this.#large === undefined) this.#take(nothing, 0, 0, out)
    if (this.#framer.oversized !== undefined) this.#begin(this.#framer.oversized, out)
    if (this.#large !== undefined) this.#large.end(out)
    else out.push(atEnd(this.#held.join()))
    this.#held.clear()
  }

  held(): number {
    const held = this.#held.length + (this.#framer.kept?.() ?? 0)
    // Of a large frame nothing may be held, and still the stream must not end inside it.
    return this.#large === undefined ? held : Math.max(1, held + this.#large.kept)
  }

  rest(): Uint8Array[] {
    const rest = this.#rest
    this.#rest = []
    return rest
  }

  /** A view of a chunk that is no Buffer, so that what a framer cuts out of it is none either. */
  #plain(chunk: unknown): Uint8Array {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError(
        `${this.#framer.name}: a decoder needs batches of Uint8Array, and got ${typeof chunk} (batched() makes batches of chunks)`
      )
    }
    return chunk.constructor === Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  }

  #chunk(chunk: Uint8Array, out: F[]): void {
    const waited = this.#held.length > 0
    const at = waited && this.#large === undefined ? this.#complete(chunk, out) : 0
    if (this.#large === undefined || this.#held.length === 0) this.#frames(chunk, at, out)
    else {
      const bytes = Buffer.concat([this.#held.join(), chunk.subarray(at)])
      this.#held.clear()
      this.#frames(this.#plain(bytes), 0, out)
    }
  }

  /** Takes what can be taken from bytes in front of which nothing is held, and holds what is left. */
  #frames(bytes: Uint8Array, from: number, out: F[]): void {
    const end = bytes.byteLength
    let at = from
    // Among large frames one is taken at a time: a framer may look at all that is left before it takes a run of them.
    let single = this.#run.asBodies === true
    while (at < end && this.#left > 0) {
      if (this.#large === undefined) {
        const start = at
        at = this.#take(bytes, at, end, out, single ? 1 : this.#left)
        if (this.#framer.oversized !== undefined) {
          this.#begin(this.#framer.oversized, out)
          continue
        }
        if (single && at > start) continue
      } else {
        single = true
        at = this.#large.take(bytes, at, end, out)
        if (this.#large.passage.done) {
          this.#large.end(out)
          this.#large = undefined
          if (this.#left !== unlimited) this.#left--
          continue
        }
      }
      if (at < end && this.#left > 0) this.#held.append(bytes.subarray(at), this.#most())
      break
    }
    if (this.#left === 0) this.#keepRest(bytes.subarray(at))
  }

  /**
   * Adds what the held frame still lacks; answers where in the chunk that was. Done when nothing is held any more, or
   * when what is held is the beginning of a large frame.
   */
  #complete(chunk: Uint8Array, out: F[]): number {
    const held = this.#held
    const end = chunk.byteLength
    let at = 0
    while (held.length > 0 && at < end && this.#left > 0) {
      const wanted = this.#wanted(chunk, at, end)
      if (this.#framer.oversized !== undefined) {
        this.#begin(this.#framer.oversized, out)
        return at
      }
      const until = wanted < 0 ? end : at + wanted
      held.append(at === 0 && until === end ? chunk : chunk.subarray(at, until), this.#most())
      if (wanted < 0 || held.length < this.#framer.need) return end
      const bytes = held.join()
      const taken = this.#take(bytes, 0, bytes.byteLength, out)
      if (taken > 0) {
        held.clear()
        held.append(bytes.subarray(taken), this.#most())
      }
      at = until
      if (this.#framer.oversized !== undefined) {
        this.#begin(this.#framer.oversized, out)
        return at
      }
    }
    if (this.#left === 0 && held.length > 0) {
      this.#keepRest(held.join())
      held.clear()
    }
    return at
  }

  #wanted(chunk: Uint8Array, at: number, end: number): number {
    const { need, name } = this.#framer
    if (need > 0 && need <= this.#held.length) {
      throw new TypeError(`${name}: its framer needs ${need} bytes, has ${this.#held.length}, and took none`)
    }
    if (need > 0) return Math.min(need - this.#held.length, end - at)
    return this.#framer.search?.(this.#held, chunk, at, end) ?? end - at
  }

  #take(bytes: Uint8Array, at: number, end: number, out: F[], most: number = this.#left): number {
    const before = out.length
    try {
      const next = this.#framer.take(bytes, at, end, out, most)
      if (next >= at && next <= end) return next
      throw new TypeError(`${this.#framer.name}: its framer took bytes ${at} to ${end} and answered ${next}`)
    } finally {
      if (this.#left !== unlimited) this.#left -= out.length - before
    }
  }

  /** From here on it is a large frame, or the end where the reader wants none. */
  #begin(over: Oversized<F>, out: F[]): void {
    const { name } = this.#framer
    this.#framer.oversized = undefined
    const rule = ruleOf(this.#run)
    if (rule === undefined) throw new FrameTooLargeError(over.name ?? name, over.size, over.limit, over.unit)
    this.#large = new LargeFrame(name, over, rule, this.#run)
    this.#large.begin(out)
  }

  #missing(): ReturnType<Framer<F>['truncated']> | undefined {
    const held = this.#held.length
    if (this.#large !== undefined) {
      const missing = this.#large.passage.missing()
      return missing === undefined ? undefined : { ...missing, had: this.#large.had + held }
    }
    if (this.#framer.atEnd !== undefined || held + (this.#framer.kept?.() ?? 0) === 0) return undefined
    return this.#framer.truncated(held)
  }

  /** The first bytes that came of the unfinished frame (of a large one, of its payload), as far as they are kept. */
  #partial(): Uint8Array {
    // What is held of a large frame is from its end.
    if (this.#large !== undefined) return new Uint8Array(this.#large.first().subarray(0, partialBytes))
    const kept = this.#framer.beginning?.() ?? nothing
    return new Uint8Array(Buffer.concat([kept, this.#held.join()]).subarray(0, partialBytes))
  }

  #most(): number {
    return this.#framer.need === 0 ? Number.POSITIVE_INFINITY : this.#framer.need
  }

  #keepRest(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#rest.push(bytes)
  }
}
