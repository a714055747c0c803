/**
 * What a law needs to know of a codec, and what a law is.
 */
import type fc from 'fast-check'
import type { FramePhase } from '../errors.ts'
import type { Codec } from '../types.ts'
import type { Settings } from './for-all.ts'

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

/** A large frame, and a codec with room for it. */
export interface BigFrame<F> {
  readonly codec: Codec<F>
  readonly frame: F
}

/** Bytes that somebody else wrote, and the frames in them. */
export interface Example<F> {
  readonly bytes: Uint8Array
  readonly frames: readonly F[]
}

/** What may be told of a codec. The more of it, the more laws can be tried. */
export interface Knowledge<F> {
  /** Frames that the codec carries. */
  readonly frame: fc.Arbitrary<F>
  /** Values of the frame's type, among them some that the encoder has to refuse (those of `frame`). */
  readonly anything?: fc.Arbitrary<F>
  /** One short frame, for streams of many (the smallest of some values of `frame`). */
  readonly small?: F
  /** A frame of about so many bytes, up to 1 MiB. Without it neither the work nor the memory of a large frame is seen. */
  readonly big?: (bytes: number) => BigFrame<F>
  /**
   * What a stream must report that ends `had` bytes into the bytes of a frame. Without it, it is not looked at which phase
   * is reported and how many bytes are needed.
   */
  readonly cutOff?: (wire: Uint8Array, had: number) => CutOff
  readonly limits?: readonly LimitCase<F>[]
  /** Bytes that are a fault where a frame should begin, whatever follows them. */
  readonly faults?: readonly Uint8Array[]
  /** Frames that the encoder must refuse. */
  readonly refused?: readonly F[]
  /** What other implementations wrote: where more than one way to write a frame is legal, an encoder shows only one. */
  readonly examples?: readonly Example<F>[]
}

export interface Subject<F> extends Knowledge<F>, Settings {
  readonly name: string
  readonly codec: () => Codec<F>
  readonly anything: fc.Arbitrary<F>
  readonly small: F
}

/** One promise of the contract. `check` throws where it is broken; a law may have nothing to say about a codec. */
export interface Law {
  readonly promise: string
  applies?<F>(subject: Subject<F>): boolean
  check<F>(subject: Subject<F>): void | Promise<void>
}

export function endIsFrame<F>(subject: Subject<F>): boolean {
  return subject.codec().endIsFrame === true
}

/** Laws about many frames on one stream. */
export function manyFrames<F>(subject: Subject<F>): boolean {
  return !endIsFrame(subject)
}

/** Laws about a large frame. */
export function hasBig<F>(subject: Subject<F>): boolean {
  return subject.big !== undefined
}
