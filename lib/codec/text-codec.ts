/**
 * UTF-8 text around a codec of bytes, frame by frame. A byte order mark is kept and lone surrogates are refused, so that
 * decoding what was encoded gives the same text.
 */
import { FrameRefusedError, MalformedFrameError } from '../errors.ts'
import type { Codec } from '../types.ts'
import { mapCodec } from './map-codec.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function textCodec(codec: Codec<Uint8Array>): Codec<string> {
  const name = `text ${codec.name}`
  return mapCodec(codec, name, {
    read: (bytes) => decodeText(codec.name, bytes),
    write: (text) => {
      const bytes = encodedText(text)
      if (bytes === undefined) throw new FrameRefusedError(codec.name, 'with a lone surrogate: it has no UTF-8')
      return bytes
    }
  })
}

/** @throws MalformedFrameError unless the bytes are UTF-8 */
export function decodeText(codec: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new MalformedFrameError(codec, `a frame of ${bytes.byteLength} bytes is not UTF-8`, { cause })
  }
}

/** Text as UTF-8; undefined where it has a lone surrogate, which UTF-8 cannot say. */
export function encodedText(text: string): Uint8Array | undefined {
  if (typeof text !== 'string') throw new FrameRefusedError('text', `that is no text but ${typeof text}`)
  return text.isWellFormed() ? Buffer.from(text, 'utf8') : undefined
}
