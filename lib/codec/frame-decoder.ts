/**
 * What is the same for every decoder, written once: bytes held between chunks, `frames`, `rest`, truncation, and that a
 * dead decoder stays dead with the same fault.
 *
 * A codec's author writes a `Framer`: how to take whole frames out of bytes in one piece. Inside one chunk that is all
 * that runs, and a frame is a view of the chunk. What is left over is held until it is worth another look, joined, and
 * given to the same `take`.
 */
import { type FramePhase, UnexpectedEndError } from '../errors.ts'
import { wholeNumber } from '../limits.ts'
import { DONE } from '../symbols.ts'
import type { Decoder, DecoderRun } from '../types.ts'
import { HeldBytes } from './held-bytes.ts'

export interface Framer<F> {
  readonly name: string
  /**
   * Takes whole frames, at most `most`, out of `bytes[at, end)` and adds them to `out`; answers the index of the first
   * byte not taken. Sets `need`. Throws when what stands there can never become a frame that is allowed.
   */
  take(bytes: Uint8Array, at: number, end: number, out: F[], most: number): number
  /** Bytes, counted from the first one not taken, without which another look is useless; 0 where the end is searched. */
  readonly need: number
  /**
   * Where `need` is 0: how many of `bytes[at, end)` belong to the frame whose beginning is held, up to its end; -1 while
   * the end is not in sight. Throws when the limit is passed.
   */
  search?(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number
  /** Bytes that the framer itself keeps of a frame that is not whole, held ones not counted. */
  kept?(): number
  /** The beginning of what it keeps itself, as it came on the wire: as much as errors show. */
  beginning?(): Uint8Array
  /** What is missing when the stream ends with `held` bytes of a frame. */
  truncated(held: number): { phase: FramePhase; had: number; needed?: number | undefined }
}

/** No limit on frames, as a number that the loops of the framers compare fastest (31 bits). */
const unlimited = 2 ** 30 - 1

/** How much of a truncated frame an error shows, in bytes. */
export const partialBytes = 4096

export class FrameDecoder<F> implements Decoder<F> {
  readonly #framer: Framer<F>
  readonly #held = new HeldBytes()
  #left: number
  #rest: Uint8Array[] = []
  #fault: { error: unknown } | undefined
  readonly done: boolean

  constructor(framer: Framer<F>, { frames = unlimited }: DecoderRun = {}) {
    wholeNumber('frames', frames, 0)
    this.#framer = framer
    this.#left = frames
    this.done = frames === 0
  }

  push(batch: readonly Uint8Array[], out: F[]): typeof DONE | undefined {
    if (this.#fault !== undefined) throw this.#fault.error
    let index = 0
    try {
      for (; index < batch.length && this.#left > 0; index++) this.#chunk(batch[index] as Uint8Array, out)
    } catch (error) {
      this.#fault = { error }
      throw error
    }
    if (this.#left > 0) return undefined
    for (; index < batch.length; index++) this.#keepRest(batch[index] as Uint8Array)
    return DONE
  }

  end(_out: F[]): void {
    if (this.#fault !== undefined) throw this.#fault.error
    const held = this.#held
    if (this.#left === 0 || held.length + (this.#framer.kept?.() ?? 0) === 0) return
    const kept = this.#framer.beginning?.() ?? new Uint8Array(0)
    const partial = new Uint8Array(Buffer.concat([kept, held.join()]).subarray(0, partialBytes))
    const error = new UnexpectedEndError(this.#framer.name, { ...this.#framer.truncated(held.length), partial })
    this.#fault = { error }
    throw error
  }

  held(): number {
    return this.#held.length + (this.#framer.kept?.() ?? 0)
  }

  rest(): Uint8Array[] {
    const rest = this.#rest
    this.#rest = []
    return rest
  }

  #chunk(chunk: Uint8Array, out: F[]): void {
    const end = chunk.byteLength
    let at = this.#held.length === 0 ? 0 : this.#complete(chunk, out)
    if (at < end && this.#left > 0) {
      at = this.#take(chunk, at, end, out)
      if (at < end && this.#left > 0) this.#held.append(chunk.subarray(at), this.#most())
    }
    if (this.#left === 0) this.#keepRest(chunk.subarray(at))
  }

  /** Adds what the held frame still lacks; answers where in the chunk that was. Done when nothing is held any more. */
  #complete(chunk: Uint8Array, out: F[]): number {
    const held = this.#held
    const end = chunk.byteLength
    let at = 0
    while (held.length > 0 && at < end && this.#left > 0) {
      const wanted = this.#wanted(chunk, at, end)
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
    }
    if (this.#left === 0 && held.length > 0) {
      this.#keepRest(held.join())
      held.clear()
    }
    return at
  }

  #wanted(chunk: Uint8Array, at: number, end: number): number {
    const { need } = this.#framer
    if (need > 0) return Math.min(need - this.#held.length, end - at)
    return this.#framer.search?.(this.#held, chunk, at, end) ?? end - at
  }

  #take(bytes: Uint8Array, at: number, end: number, out: F[]): number {
    const before = out.length
    try {
      return this.#framer.take(bytes, at, end, out, this.#left)
    } finally {
      if (this.#left !== unlimited) this.#left -= out.length - before
    }
  }

  #most(): number {
    return this.#framer.need === 0 ? Number.POSITIVE_INFINITY : this.#framer.need
  }

  #keepRest(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#rest.push(bytes)
  }
}
