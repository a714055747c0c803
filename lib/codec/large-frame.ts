/**
 * One frame that is not held whole, because it is over the limit or because it was asked for in parts: passed over piece
 * by piece, by the rule that the reader chose. Where it ends is exact, so that the next frame is a good one.
 */
import { BodyBegin, BodyData, BodyEnd } from '../body.ts'
import { type FramePhase, FrameTooLargeError, type PeerError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { DecoderRun } from '../types.ts'
import { HeldBytes } from './held-bytes.ts'
import { markTruncated } from './truncated-frames.ts'

/** What a framer knows of a frame over its limit when it finds it. */
export interface Oversized<F> {
  /** What is too large, where it is not the frame itself. */
  readonly name?: string
  /** Bytes of it that were taken before it was found too large. */
  readonly taken?: number
  /** Announced, or one over the limit where nothing is announced. */
  readonly size: number
  readonly limit: number
  readonly unit?: 'bytes' | 'blocks'
  /** Bytes of its payload; undefined where only the end will tell. */
  readonly length: number | undefined
  readonly header?: unknown
  /** As many bytes of payload as the limit allows. */
  readonly room: number
  /** The frame that has this payload. */
  frame(payload: Uint8Array): F
  readonly passage: Passage
}

/** Finds the payload of one frame and its end, in whatever pieces it comes. */
export interface Passage {
  /**
   * Goes over `bytes[at, end)`, adds the payload in it to `data`, and answers the index of the first byte that it cannot
   * tell yet (they come again, with more behind them) or that is behind the frame.
   */
  pass(bytes: Uint8Array, at: number, end: number, data: Uint8Array[]): number
  readonly done: boolean
  /** What is wrong inside the frame, where its end can be found all the same. */
  readonly fault?: PeerError | undefined
  /** What is missing where the stream ends now; undefined where the end is the end of the frame. */
  missing(): { phase: FramePhase; needed?: number | undefined } | undefined
}

/** How many first bytes of a skipped frame its error shows. */
const headBytes = 64

export class LargeFrame<F> {
  readonly #name: string
  readonly #over: Oversized<F>
  readonly #rule: 'skip' | 'truncate' | 'body'
  readonly #most: number
  /** Whether a frame that is wrong inside is an item in its place. */
  readonly #tolerant: boolean
  readonly #first = new HeldBytes()
  /** Payload bytes so far. */
  #length = 0
  /** Bytes of the stream so far. */
  had: number

  /** @throws FrameTooLargeError where a frame so large is refused whatever the rule */
  constructor(name: string, over: Oversized<F>, rule: 'skip' | 'truncate' | 'body', run: DecoderRun) {
    const { maxBodyBytes = limits.bodyBytes, onFault } = run
    this.#name = name
    this.#over = over
    this.#rule = rule
    this.#most = maxBodyBytes
    // Of what was given out in parts nothing can be taken back.
    this.#tolerant = onFault === 'item' && rule !== 'body'
    this.had = over.taken ?? 0
    const { length = 0 } = over
    if (length > maxBodyBytes) throw new FrameTooLargeError(name, length, maxBodyBytes)
  }

  get passage(): Passage {
    return this.#over.passage
  }

  /** Bytes of it that are kept. */
  get kept(): number {
    return this.#first.length
  }

  /** The beginning of the payload, as far as it is kept. */
  first(): Uint8Array {
    return this.#first.join()
  }

  begin(out: F[]): void {
    if (this.#rule === 'body') put(new BodyBegin(this.#over.header, this.#over.length), out)
  }

  take(bytes: Uint8Array, at: number, end: number, out: F[]): number {
    const { passage } = this
    const data: Uint8Array[] = []
    let next = at
    try {
      next = passage.pass(bytes, at, end, data)
      this.had += next - at
    } finally {
      for (const piece of data) if (piece.byteLength > 0) this.#data(piece, out)
    }
    if (passage.fault !== undefined && !this.#tolerant) throw passage.fault
    return next
  }

  end(out: F[]): void {
    const { size, limit, unit, frame } = this.#over
    const { fault } = this.passage
    if (fault !== undefined) put(fault, out)
    else if (this.#rule === 'body') put(new BodyEnd(), out)
    else if (this.#rule === 'truncate') out.push(frame(markTruncated(this.first())))
    else {
      const { name, length } = this.#over
      const whole = length === undefined && name === undefined && unit !== 'blocks'
      const actual = whole ? Math.max(size, this.#length) : size
      put(new FrameTooLargeError(name ?? this.#name, actual, limit, unit, new Uint8Array(this.first())), out)
    }
  }

  #data(all: Uint8Array, out: F[]): void {
    const allowed = this.#most - this.#length
    const piece = all.byteLength > allowed ? all.subarray(0, allowed) : all
    this.#length += piece.byteLength
    const kept = this.#rule === 'body' ? 0 : this.#rule === 'skip' ? headBytes : this.#over.room
    const room = kept - this.#first.length
    if (this.#rule !== 'body') {
      if (room > 0) this.#first.append(piece.subarray(0, room), this.#over.room)
    } else if (piece.byteLength > 0) put(new BodyData(piece), out)
    if (piece !== all) throw new FrameTooLargeError(this.#name, this.#most + 1, this.#most)
  }
}

/** What stands in the place of a frame is no frame: `decode` says so in its type. */
function put<F>(item: BodyBegin | BodyData | BodyEnd | PeerError, out: F[]): void {
  out.push(item as F)
}

/** The frame of a payload where the frame is the payload. */
export const asItIs = (payload: Uint8Array): Uint8Array => payload

/** The rule of a run; undefined where a frame over the limit is the end of it. */
export function ruleOf({
  onOversize = 'error',
  asBodies = false
}: DecoderRun): 'skip' | 'truncate' | 'body' | undefined {
  if (asBodies) return 'body'
  return onOversize === 'error' ? undefined : onOversize
}

/** The largest frame that a decoder may join: none at all where every frame is wanted in parts. */
export function joinedBytes(maxBytes: number, run: DecoderRun | undefined): number {
  return run?.asBodies === true ? -1 : maxBytes
}
