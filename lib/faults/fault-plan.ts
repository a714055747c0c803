/**
 * What is to happen to one stream: the faults that were asked for, checked, and what is random in them drawn.
 *
 * The places of a cut and a flipped bit are drawn at once, so that they depend on the seed alone and not on how the bytes
 * come. Delays and slices are drawn on the way, one for each piece.
 */
import { InvalidOptionError } from '../errors.ts'
import { limits, milliseconds, wholeNumber } from '../limits.ts'
import { type Random, random } from './random.ts'

/** A whole number, or one drawn from the seed, both bounds included. */
export type Drawn = number | { readonly between: readonly [least: number, most: number] }

/**
 * How a stream is cut: `end` as if the sender had ended its half (TCP: FIN), `reset` with a reset, `silence` as in a black
 * hole, where neither bytes nor the end arrive any more.
 */
export type CutHow = 'end' | 'reset' | 'silence'

/** What is wrong with a line, one way. Nothing, unless it is asked for. */
export interface Faults {
  /** Every byte, and the end, comes so much later, in ms. */
  readonly latencyMs?: number
  /** Up to so many ms more, drawn for each piece; later pieces wait, so that the order stays. */
  readonly jitterMs?: number
  /** No more than this comes through, in bytes a second. */
  readonly bytesPerSecond?: number
  /** Comes in pieces of so many bytes, each written by itself; a range is drawn from for each piece. */
  readonly sliceBytes?: Drawn
  /** Once `at` bytes have passed it is cut (`how` is `reset` unless told otherwise). */
  readonly cut?: { readonly at: Drawn; readonly how?: CutHow }
  /** In the byte behind the first `at`, this bit is flipped: 0 (the lowest) to 7, drawn where it is left out. */
  readonly flipBit?: { readonly at: Drawn; readonly bit?: Drawn }
  /** Bytes that are on their way at most (1 MiB): then the sender waits. */
  readonly windowBytes?: number
}

/** The faults of one stream. */
export interface FaultPlan {
  readonly latencyMs: number
  /** In ms. */
  readonly bytesPerMs: number
  readonly windowBytes: number
  /** Bytes behind which it is cut; infinite where it is not. */
  readonly cutAt: number
  readonly cutHow: CutHow
  /** The place of the byte with the flipped bit; -1 where there is none. */
  readonly flipAt: number
  readonly flipMask: number
  /** The delay of the next piece beside the latency, in ms. */
  nextJitterMs(): number
  /** The most bytes that the next piece may have. */
  nextSliceBytes(): number
}

/** Where there is a rate, a piece is what comes through in so many ms, so that bytes drip and do not come in floods. */
const pieceMs = 10

/**
 * @param name the seed, and what tells this stream from others with the same one
 * @throws InvalidOptionError
 */
export function faultPlan(faults: Faults, name: readonly (string | number)[]): FaultPlan {
  const { latencyMs = 0, jitterMs = 0, bytesPerSecond, sliceBytes, cut, flipBit, windowBytes } = faults
  milliseconds('latencyMs', latencyMs, 0)
  milliseconds('jitterMs', jitterMs, 0)
  if (bytesPerSecond !== undefined) wholeNumber('bytesPerSecond', bytesPerSecond)
  checkHow(cut?.how ?? 'reset')
  const bytesPerMs = bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : bytesPerSecond / 1000
  const dripBytes = Math.max(1, Math.floor(bytesPerMs * pieceMs))
  const slice = drawn('sliceBytes', sliceBytes ?? Number.MAX_SAFE_INTEGER, 1, random(...name, 'slice'))
  const jitter = random(...name, 'jitter')
  const flipMask = 1 << drawn('flipBit.bit', flipBit?.bit ?? { between: [0, 7] }, 0, random(...name, 'bit'), 7)()
  return {
    latencyMs,
    bytesPerMs,
    windowBytes: wholeNumber('windowBytes', windowBytes ?? limits.faultWindowBytes),
    cutAt: cut === undefined ? Number.POSITIVE_INFINITY : drawn('cut.at', cut.at, 0, random(...name, 'cut'))(),
    cutHow: cut?.how ?? 'reset',
    flipAt: flipBit === undefined ? -1 : drawn('flipBit.at', flipBit.at, 0, random(...name, 'flip'))(),
    flipMask,
    nextJitterMs: () => jitter() * jitterMs,
    nextSliceBytes: () => Math.min(slice(), dripBytes)
  }
}

function checkHow(how: string): void {
  if (how !== 'end' && how !== 'reset' && how !== 'silence') {
    throw new InvalidOptionError('cut.how', how, "'end', 'reset' or 'silence'")
  }
}

/** Checks a number or a range, and answers how to draw from it. */
function drawn(option: string, value: Drawn, least: number, next: Random, most?: number): () => number {
  const [from, to] = typeof value === 'number' ? [value, value] : value.between
  wholeNumber(option, from, least)
  wholeNumber(option, to, from)
  if (most !== undefined && to > most) throw new InvalidOptionError(option, to, `a whole number up to ${most}`)
  return () => from + Math.floor(next() * (to - from + 1))
}
