/**
 * The naive codec: it takes one byte after the other, so that no cutting can make a difference. Slow and obvious; the
 * codecs of the library are compared with it, and the laws are tried on broken copies of it.
 */
import { type FramePhase, InvalidOptionError, UnexpectedEndError } from '../../../lib/errors.ts'
import { join } from '../../../lib/laws/bytes.ts'
import { DONE } from '../../../lib/symbols.ts'
import type { Codec, Decoder, DecoderRun, Step } from '../../../lib/types.ts'

/** A frame, boxed: `undefined` then means "not yet", and a frame may be any value. */
export type Found<F> = { frame: F } | undefined

/** What a framing is, one byte at a time. */
export interface Machine<F> {
  /** Takes the next byte, and gives the frame that ends with it. */
  byte(value: number): Found<F>
  /** The stream ended: the last frame, nothing, or an error. */
  end(): Found<F>
  /** Bytes of the frame that is not whole yet. */
  held(): number
}

export interface Framing<F> {
  readonly name: string
  readonly machine: () => Machine<F>
  /** Fresh for each stream, because some framings carry one frame only. */
  readonly writer: () => (frame: F) => Uint8Array
  readonly endIsFrame?: boolean
}

export function naive<F>(framing: Framing<F>): Codec<F> {
  const { name, endIsFrame = false } = framing
  return {
    name,
    endIsFrame,
    decoder: (run) => naiveDecoder(framing.machine(), run),
    encoder: () => naiveEncoder(framing.writer())
  }
}

function naiveDecoder<F>(machine: Machine<F>, { frames }: DecoderRun = {}): Decoder<F> {
  if (frames !== undefined && !(frames >= 0)) throw new InvalidOptionError('frames', frames, 'a number')
  let found = 0
  let rest: Uint8Array[] = []
  let dead: { error: unknown } | undefined
  const guarded = <R>(run: () => R): R => {
    if (dead !== undefined) throw dead.error
    try {
      return run()
    } catch (error) {
      dead = { error }
      throw error
    }
  }
  const take = (bytes: Uint8Array, out: F[]): typeof DONE | undefined => {
    for (const [at, value] of bytes.entries()) {
      const one = machine.byte(value)
      if (one === undefined) continue
      out.push(one.frame)
      found += 1
      if (found !== frames) continue
      rest = [bytes.slice(at + 1)]
      return DONE
    }
    return undefined
  }
  return {
    push: (batch, out) => guarded(() => take(join(batch), out)),
    end: (out) =>
      guarded(() => {
        const last = found === frames ? undefined : machine.end()
        if (last !== undefined) out.push(last.frame)
      }),
    held: () => machine.held(),
    rest: () => rest
  }
}

function naiveEncoder<F>(write: (frame: F) => Uint8Array): Step<F, Uint8Array> {
  return {
    push: (frames, out) => {
      const written: Uint8Array[] = []
      try {
        for (const frame of frames) written.push(write(frame))
      } finally {
        if (written.length > 0) out.push(join(written))
      }
    }
  }
}

/** The end came inside a frame. */
export function cutOffError(
  name: string,
  phase: FramePhase,
  held: readonly number[],
  needed?: number
): UnexpectedEndError {
  const partial = Uint8Array.from(held.slice(0, 4096))
  return new UnexpectedEndError(name, { phase, had: held.length, needed, partial })
}
