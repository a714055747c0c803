/**
 * Reads frame by frame while the framing may still change, each with a decoder for one frame, so that the bytes behind
 * it are always known. The last codec gets all that is left, and runs at its own speed.
 */
import { UnexpectedEndError } from '../errors.ts'
import { wholeNumber } from '../limits.ts'
import { DONE } from '../symbols.ts'
import type { Decoder, DecoderRun } from '../types.ts'
import { judgeUnread, type Unread } from '../unread.ts'
import { type Phase, phaseAfter } from './switching-phase.ts'

const behind = 'the frame at which the framing changes'

export class SwitchingDecoder<F> implements Decoder<F> {
  readonly done: boolean
  /** What the last codec is run with. */
  readonly #run: DecoderRun
  readonly #single: DecoderRun
  /** Frames still wanted. */
  #left: number
  #phase: Phase<F>
  #inner: Decoder<F>
  #rest: Uint8Array[] = []
  #fault: { error: unknown } | undefined

  constructor(phase: Phase<F>, { frames, ...run }: DecoderRun = {}) {
    if (frames !== undefined) wholeNumber('frames', frames, 0)
    this.#run = run
    this.#single = { ...run, frames: 1 }
    this.#left = frames ?? Number.POSITIVE_INFINITY
    this.done = frames === 0
    this.#phase = phase
    this.#inner = this.#begin()
  }

  get endIsFrame(): boolean {
    return this.#phase.codec.endIsFrame === true
  }

  push(batch: readonly Uint8Array[], out: F[]): typeof DONE | undefined {
    return this.#dead(() => {
      let index = 0
      let unread: Uint8Array[] = []
      while (this.#left > 0 && (unread.length > 0 || index < batch.length)) {
        if (this.#phase.afters.length === 0) {
          const all = index === 0 ? batch : unread.concat(batch.slice(index))
          if (this.#inner.push(all, out) !== DONE) return undefined
          this.#left = 0
          this.#rest = this.#inner.rest()
          return DONE
        }
        // Chunk by chunk: what is behind a frame comes back, and must not be all of a long batch each time.
        const some = unread.length > 0 ? unread : [batch[index++] as Uint8Array]
        const before = out.length
        const done = this.#inner.push(some, out) === DONE
        unread = done ? this.#inner.rest() : []
        if (!done || --this.#left === 0) continue
        const rule = this.#next(out, before)
        if (rule !== 'keep') judgeUnread(rule, sizeOf(unread.concat(batch.slice(index))), behind)
      }
      if (this.#left > 0) return undefined
      this.#rest = this.#rest.concat(unread, batch.slice(index))
      return DONE
    })
  }

  end(out: F[]): void {
    this.#dead(() => {
      if (this.#left === 0) return
      const due = this.#isDue()
      this.#inner.end?.(out)
      if (!due) return
      const nothing = { phase: 'header', had: 0, partial: new Uint8Array(0) } as const
      throw new UnexpectedEndError(this.#phase.codec.name, nothing)
    })
  }

  rest(): Uint8Array[] {
    const rest = this.#rest
    this.#rest = []
    return rest
  }

  held(): number {
    // Of a frame that must follow nothing is held yet, and still the stream must not end here.
    return this.#isDue() ? 1 : this.#inner.held()
  }

  /** Asks what comes behind the frame that ended in `out[from...]`, makes ready for it, and tells what may be there. */
  #next(out: readonly F[], from: number): Unread {
    let next: ReturnType<typeof phaseAfter<F>>
    for (let index = from; index < out.length && next === undefined; index++) {
      next = phaseAfter(this.#phase, out[index] as F)
    }
    if (next !== undefined) this.#phase = next.phase
    this.#inner = this.#begin()
    return next?.unread ?? 'keep'
  }

  /** A frame must follow and has not begun. */
  #isDue(): boolean {
    const { codec, mayEnd } = this.#phase
    return !mayEnd && this.#left > 0 && codec.endIsFrame !== true && this.#inner.held() === 0
  }

  #begin(): Decoder<F> {
    const { codec, afters } = this.#phase
    if (afters.length > 0) return codec.decoder(this.#single)
    return codec.decoder(Number.isFinite(this.#left) ? { ...this.#run, frames: this.#left } : this.#run)
  }

  #dead<R>(call: () => R): R {
    if (this.#fault !== undefined) throw this.#fault.error
    try {
      return call()
    } catch (error) {
      this.#fault = { error }
      throw error
    }
  }
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((size, chunk) => size + chunk.byteLength, 0)
}
