/**
 * What a law needs to know of a codec, and what a law is.
 */
import fc from 'fast-check'
import type { FramePhase } from '../../lib/errors.ts'
import type { Codec } from '../../lib/types.ts'

/** Where a frame of so many bytes on the wire is, when only `had` of them came. */
export interface CutOff {
  readonly phase: FramePhase
  readonly needed: number | undefined
}

/** One limit of a codec and the frames on both sides of it. */
export interface LimitCase<F> {
  readonly name: string
  /** The codec with the limit. */
  readonly codec: () => Codec<F>
  /** The same framing with more room, to make the bytes that the other must refuse. */
  readonly free: () => Codec<F>
  readonly limit: number
  readonly unit?: 'bytes' | 'blocks'
  /** A frame of exactly the limit. */
  readonly fits: F
  /** A frame one over the limit. */
  readonly over: F
  /** The decoder must have refused `over` when so many of its bytes came, whatever follows. */
  readonly refusedBy: number
  /** The limit is one of the decoder alone (such as how many chunks a message may come in). */
  readonly decoderOnly?: boolean
}

export interface Subject<F> {
  readonly name: string
  readonly codec: () => Codec<F>
  /** Frames that the codec carries. */
  readonly frames: fc.Arbitrary<F>
  /** Values of the frame's type, among them some that the encoder has to refuse. */
  readonly anything: fc.Arbitrary<F>
  /** One short frame, for streams of many. */
  readonly small: F
  /** A frame of about so many bytes, with a codec that has room for it. */
  readonly big: (bytes: number) => { codec: Codec<F>; frame: F }
  /** What a truncation must report. Left out where the end of the stream is the end of the frame. */
  readonly cutOff?: (wire: Uint8Array, had: number) => CutOff
  readonly limits?: readonly LimitCase<F>[]
  /** Bytes that are a fault where a frame should begin, whatever follows them. */
  readonly faults?: readonly Uint8Array[]
  /** Frames that the encoder must refuse. */
  readonly refused?: readonly F[]
}

/** One promise of the contract. A broken one throws; a law that has nothing to say about a codec is not registered. */
export interface Law {
  readonly name: string
  applies?<F>(subject: Subject<F>): boolean
  check<F>(subject: Subject<F>): void | Promise<void>
}

/** A list of frames that may follow each other on one stream: exactly one where the frame ends with the stream. */
export function lists<F>(subject: Subject<F>, maxLength = 6): fc.Arbitrary<F[]> {
  if (endIsFrame(subject)) return subject.frames.map((frame) => [frame])
  return fc.array(subject.frames, { maxLength, size: 'max' })
}

export function endIsFrame<F>(subject: Subject<F>): boolean {
  return subject.codec().endIsFrame === true
}

/** Laws about many frames on one stream. */
export function manyFrames<F>(subject: Subject<F>): boolean {
  return !endIsFrame(subject)
}
