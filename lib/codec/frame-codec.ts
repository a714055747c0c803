/**
 * A codec of your own: you say how to find the next frame in bytes of one piece and how to write one; cutting, limits,
 * truncation, `frames`, `rest` and all rules for faulty frames are the same as for every other codec.
 */
import type { Codec } from '../types.ts'
import { FrameDecoder, type Framer } from './frame-decoder.ts'
import { frameEncoder } from './frame-encoder.ts'
import type { Packer } from './packer.ts'

export interface FrameCodecOptions<F> {
  /** How errors speak of it. */
  name: string
  /** A fresh framer for one stream. */
  framer(options: { asBodies: boolean }): Framer<F>
  /** Writes one frame; refuses it before the first byte is put. */
  put(frame: F, packer: Packer): void
}

/**
 * Makes a codec of a framer and a way to put a frame. Test it with `checkCodec` of `it-serve/laws`.
 *
 * @example
 *   const tagged = frameCodec<Uint8Array>({ name: 'tagged', framer: () => new TaggedFramer(), put: putTagged })
 */
export function frameCodec<F>({ name, framer, put }: FrameCodecOptions<F>): Codec<F> {
  return {
    name,
    decoder: (run) => new FrameDecoder(framer({ asBodies: run?.asBodies === true }), run),
    encoder: () => frameEncoder(put)
  }
}
