/**
 * What `close` and `halfClose` share: the whole stream is one frame, and its end is the frame's end.
 *
 * Exactly one frame a stream, also an empty one. Nothing in the bytes tells a whole frame from a cut one, so a fault
 * behind the encoder makes the sink reset the connection, and the reader gets an error in place of an end.
 */
import { FrameOverLimitError, FrameRefusedError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Codec, Step } from '../types.ts'
import { FrameDecoder, type Framer } from './frame-decoder.ts'
import { requireBytes } from './frame-encoder.ts'
import type { HeldBytes } from './held-bytes.ts'
import { asItIs, joinedBytes, type Oversized, type Passage } from './large-frame.ts'

export interface UntilEndOptions {
  /** The largest message in bytes (16 MiB). */
  maxBytes?: number
}

export function untilEnd(name: string, { maxBytes = limits.messageBytes }: UntilEndOptions): Codec<Uint8Array> {
  wholeNumber('maxBytes', maxBytes)
  return {
    name,
    endIsFrame: true,
    decoder: (run) => new FrameDecoder(new UntilEndFramer(name, joinedBytes(maxBytes, run)), run),
    encoder: () => untilEndEncoder(name, maxBytes)
  }
}

class UntilEndFramer implements Framer<Uint8Array> {
  readonly name: string
  readonly need = 0
  readonly atEnd = asItIs
  oversized: Oversized<Uint8Array> | undefined
  readonly #limit: number

  constructor(name: string, limit: number) {
    this.name = name
    this.#limit = limit
  }

  take(_bytes: Uint8Array, at: number, end: number): number {
    this.#allow(end - at)
    return at
  }

  search(held: HeldBytes, _bytes: Uint8Array, at: number, end: number): number {
    this.#allow(held.length + end - at)
    return -1
  }

  truncated(held: number): { phase: 'payload'; had: number } {
    return { phase: 'payload', had: held }
  }

  #allow(size: number): void {
    const limit = this.#limit
    if (size <= limit) return
    this.oversized = {
      size: limit + 1,
      limit,
      length: undefined,
      room: limit,
      frame: asItIs,
      passage: new UntilEndPassage()
    }
  }
}

class UntilEndPassage implements Passage {
  readonly done = false

  pass(bytes: Uint8Array, at: number, end: number, data: Uint8Array[]): number {
    data.push(new Uint8Array(bytes.buffer, bytes.byteOffset + at, end - at))
    return end
  }

  missing(): undefined {
    return undefined
  }
}

function untilEndEncoder(name: string, maxBytes: number): Step<Uint8Array, Uint8Array> {
  let used = false
  return {
    push(batch, out) {
      for (const frame of batch) {
        requireBytes(name, frame)
        if (used) throw new FrameRefusedError(name, 'behind another: the stream has one, and its end is the end of it')
        if (frame.byteLength > maxBytes) throw new FrameOverLimitError(name, frame.byteLength, maxBytes)
        used = true
        if (frame.byteLength > 0) out.push(frame)
      }
    }
  }
}
