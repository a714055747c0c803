/**
 * Chunked: a message is any number of blocks, each with its length in 4 bytes (big endian) in front; a length of zero
 * ends the message.
 *
 *   chunked()   00 00 00 03 61 62 63 | 00 00 00 02 64 65 | 00 00 00 00      frame: abcde
 *
 * The sender need not know how long its message becomes, and the receiver still knows a whole one from a cut one. Blocks
 * with another kind of length, and other ways to say which is the last, are `length({ fragments })`.
 */
import type { Codec } from '../types.ts'
import { fragmentCodec } from './fragment-codec.ts'
import type { FragmentOptions } from './fragments.ts'

export interface ChunkedOptions extends Omit<FragmentOptions, 'last' | 'trailerLines'> {
  /** The largest message in bytes (16 MiB). */
  maxBytes?: number
}

/**
 * Messages of blocks; a frame is the whole message, joined.
 *
 * Decoding throws `FrameTooLargeError` and `UnexpectedEndError`; encoding throws `FrameOverLimitError`.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(chunked()), map(reverse), encode(chunked()), peer)
 */
export function chunked({ maxBytes, ...options }: ChunkedOptions = {}): Codec<Uint8Array> {
  return fragmentCodec('chunked', { prefix: 4 }, { last: 'zero', ...options }, maxBytes)
}
