/**
 * HTTP's chunked transfer coding: blocks with their size in hexadecimal digits, a block of size 0, lines of trailers, and
 * an empty line (RFC 9112, 7.1).
 *
 *   httpChunked()   35 0d 0a 68 65 6c 6c 6f 0d 0a 30 0d 0a 0d 0a      5 CRLF hello CRLF 0 CRLF CRLF
 *
 * Two readers that disagree on where a body ends let a second request be smuggled into it. So signs, prefixes, blanks, a
 * line that ends in LF alone and a size of more than 13 digits are refused. Extensions and trailers are read and dropped.
 */
import type { Codec } from '../../types.ts'
import type { ChunkedOptions } from '../chunked.ts'
import { length } from '../length.ts'

const size = { ascii: 'hex', end: '\r\n', extension: ';', leadingZeros: true } as const

/**
 * Whole bodies in chunks: at most `maxBytes` (16 MiB) in at most `maxBlocks` (65,536) of at most `maxBlockBytes` (1 MiB);
 * sent in chunks of `blockBytes` (64 KiB).
 *
 * Decoding throws `FrameTooLargeError`, `MalformedFrameError` and `UnexpectedEndError`; encoding throws
 * `FrameOverLimitError`.
 *
 * @throws InvalidOptionError
 * @example
 *   const head = await request.next(text(delimiter('\r\n\r\n')))
 *   if (/^transfer-encoding: *chunked$/im.test(head)) body = await request.next(httpChunked())
 */
export function httpChunked({ maxBytes, ...options }: ChunkedOptions = {}): Codec<Uint8Array> {
  const fragments = { ...options, last: 'zero', trailerLines: true } as const
  return length({
    name: 'http-chunked',
    prefix: size,
    trailer: '\r\n',
    fragments,
    ...(maxBytes === undefined ? {} : { maxBytes })
  })
}
