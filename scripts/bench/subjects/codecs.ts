/** Our codecs by the names of the rows; with `bytes`, such that a frame of so many is allowed. */
import { type Codec, chunked, close, delimiter, fixed, halfClose, length, text } from '../../../lib/index.ts'
import type { Framing } from '../corpus.ts'

export const framings: Record<string, Framing> = {
  fixed: 'fixed',
  delimiter: 'delimiter',
  text: 'delimiter',
  length: 'length',
  varint: 'varint',
  chunked: 'chunked',
  close: 'whole',
  'half-close': 'whole'
}

export function codec(name: string, bytes?: number): Codec<Uint8Array> | Codec<string> {
  const limit: { maxBytes?: number } = bytes === undefined ? {} : { maxBytes: bytes }
  switch (name) {
    case 'fixed':
      return fixed(bytes ?? 32)
    case 'delimiter':
      return delimiter('\n', limit)
    case 'text':
      return text(delimiter('\n', limit))
    case 'length':
      return length({ prefix: 4, ...limit })
    case 'varint':
      return length(limit)
    case 'chunked':
      return chunked(limit)
    case 'close':
      return close(limit)
    case 'half-close':
      return halfClose(limit)
    default:
      throw new Error(`no codec is called ${name}`)
  }
}
