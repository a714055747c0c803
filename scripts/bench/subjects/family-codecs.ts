/** Our codecs for the same rules, by options alone. */
import { type Codec, cobs, delimiter, dotStuffed, length, slip } from '../../../lib/index.ts'
import type { families } from '../loops/families.ts'

function contentLength(text: string): number {
  return Number(/^content-length: (\d+)$/im.exec(text)?.[1])
}

export const familyCodecs: Record<keyof typeof families, () => Codec<unknown>> = {
  'typed header': () =>
    length({
      offset: 1,
      prefix: 4,
      counts: 'itself',
      header: {
        read: (bytes, at) => bytes[at],
        write: (type: number, into, at) => {
          into[at] = type
        }
      }
    }),
  trailer: () => length({ offset: 3, prefix: 4, trailer: new Uint8Array([0xce]) }),
  'decimal length': () => length({ prefix: { ascii: 'decimal', end: ':' }, trailer: ',' }),
  'hexadecimal length': () =>
    length({ prefix: { ascii: 'hex', digits: 4 }, counts: 'frame', signals: { 0: 'flush', 1: 'delim', 2: 'end' } }),
  'escaped length': () =>
    length({
      offset: 1,
      prefix: 1,
      bits: 7,
      escape: { 126: 2, 127: 8 },
      after: (bytes, at) => ((bytes[at + 1] as number) >= 128 ? 4 : 0)
    }),
  'header block': () =>
    length({ prefix: { end: '\r\n\r\n', read: contentLength, write: (size) => `Content-Length: ${size}` } }),
  'blocks until zero': () =>
    length({
      prefix: { ascii: 'hex', end: '\r\n', extension: ';', leadingZeros: true },
      trailer: '\r\n',
      fragments: { last: 'zero', trailerLines: true }
    }),
  'blocks with a last bit': () => length({ prefix: 4, bits: 31, fragments: { last: 'last-bit' } }),
  'CRLF or LF': () => delimiter(['\r\n', '\n']),
  'begin and end mark': () => delimiter('\x1c\r', { begin: '\x0b' }),
  slip: () => slip(),
  cobs: () => cobs(),
  'dot-stuffed': () => dotStuffed()
}
