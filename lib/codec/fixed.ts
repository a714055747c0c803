/**
 * Fixed: every frame has the same number of bytes, nothing stands between them.
 *
 *   fixed(4)   61 62 63 64 | 65 66 67 68
 */
import { FrameRefusedError, InvalidOptionError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Codec } from '../types.ts'
import { CountedPassage } from './counted-passage.ts'
import { FrameDecoder, type Framer } from './frame-decoder.ts'
import { frameEncoder, requireBytes } from './frame-encoder.ts'
import { asItIs, type Oversized } from './large-frame.ts'

/**
 * Frames of exactly `bytes` bytes.
 *
 * The encoder throws `FrameRefusedError` for a frame of another size, the decoder `UnexpectedEndError` where the stream
 * ends inside one.
 *
 * @throws InvalidOptionError unless `bytes` is a whole number from 1 to 16 MiB
 * @example pipe(peer, decode(fixed(16)), take(1), collect())
 */
export function fixed(bytes: number): Codec<Uint8Array> {
  wholeNumber('fixed bytes', bytes)
  if (bytes > limits.messageBytes) throw new InvalidOptionError('fixed bytes', bytes, `at most ${limits.messageBytes}`)
  const name = `fixed(${bytes})`
  return {
    name,
    decoder: (run) => new FrameDecoder(new FixedFramer(name, bytes, run?.asBodies === true), run),
    encoder: () =>
      frameEncoder((frame: Uint8Array, packer) => {
        requireBytes(name, frame)
        if (frame.byteLength !== bytes) throw new FrameRefusedError(name, `of ${frame.byteLength} bytes`)
        packer.bytes(frame)
      })
  }
}

class FixedFramer implements Framer<Uint8Array> {
  readonly name: string
  readonly need: number
  oversized: Oversized<Uint8Array> | undefined
  readonly #size: number
  readonly #inParts: boolean

  constructor(name: string, bytes: number, inParts: boolean) {
    this.name = name
    this.need = inParts ? 1 : bytes
    this.#size = bytes
    this.#inParts = inParts
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { buffer, byteOffset } = bytes
    const size = this.#size
    if (this.#inParts) {
      const passage = new CountedPassage(this.name, 0, size)
      this.oversized = { size, limit: size, length: size, room: size, frame: asItIs, passage }
      return at
    }
    const count = Math.min(most, Math.floor((end - at) / size)) | 0
    const from = byteOffset + at
    const until = (from + count * size) | 0
    for (let index = from; index < until; index += size) out.push(new Uint8Array(buffer, index, size))
    return at + count * size
  }

  truncated(held: number): { phase: 'payload'; had: number; needed: number } {
    return { phase: 'payload', had: held, needed: this.#size }
  }
}
