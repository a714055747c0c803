/**
 * UTF-8 text around a codec of bytes, frame by frame. A byte order mark is kept and lone surrogates are refused, so that
 * decoding what was encoded gives the same text.
 */
import { FrameRefusedError, MalformedFrameError } from '../errors.ts'
import type { Codec } from '../types.ts'
import { mapCodec } from './map-codec.ts'
import { isTruncated } from './truncated-frames.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function textCodec(codec: Codec<Uint8Array>): Codec<string> {
  const name = `text ${codec.name}`
  return mapCodec(codec, name, {
    read: (bytes) => decodeText(codec.name, isTruncated(bytes) ? wholeCharacters(bytes) : bytes),
    write: (text) => {
      const bytes = encodedText(text, codec.name)
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

/** The bytes without the character that the limit cut in two. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let start = bytes.byteLength - 1
  while (start >= 0 && bytes.byteLength - start < 4 && ((bytes[start] as number) & 0xc0) === 0x80) start--
  const first = bytes[start] ?? 0
  const wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
  return bytes.byteLength - start < wanted ? bytes.subarray(0, start) : bytes
}

/** Text as UTF-8; undefined where it has a lone surrogate, which UTF-8 cannot say. */
export function encodedText(text: string, codec: string): Uint8Array | undefined {
  if (typeof text !== 'string') throw new FrameRefusedError(codec, `that is no text but ${typeof text}`)
  return text.isWellFormed() ? Buffer.from(text, 'utf8') : undefined
}
