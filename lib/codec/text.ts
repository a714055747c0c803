import type { Codec } from '../types.ts'
import { textCodec } from './text-codec.ts'

/**
 * UTF-8 text in any framing. Decoding throws `MalformedFrameError` for bytes that are not UTF-8; encoding throws
 * `FrameRefusedError` for a lone surrogate. Limits count bytes, as the framing does.
 *
 * @example const question = text(delimiter('?', { keep: true, maxBytes: 1024 }))
 */
export function text(codec: Codec<Uint8Array>): Codec<string> {
  return codec.asText?.() ?? textCodec(codec)
}
