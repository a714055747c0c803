/** One frame by hand, for each family of options: what one would write for that rule alone. */

import { sizeAt } from './length.ts'
import { maxFrameBytes, maxLineBytes } from './loop.ts'
import { type Take, taken } from './taken.ts'

const CR = 13
const LF = 10
const DOT = 46

function view(bytes: Uint8Array, at: number, size: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, size)
}

/** A type, then four bytes that count themselves (PostgreSQL). */
const headed: Take = (bytes, at, end, out) => {
  if (at + 5 > end) return -1
  const size = sizeAt(bytes, at + 1) - 4
  if (size < 0) throw new RangeError('negative')
  const next = at + 5 + size
  if (next > end) return -1
  out.push({ header: bytes[at], payload: view(bytes, at + 5, size) } as never)
  return next
}

/** Four bytes, the payload, a trailer that is checked (AMQP). */
const trailed: Take = (bytes, at, end, out) => {
  if (at + 7 > end) return -1
  const size = sizeAt(bytes, at + 3)
  const next = at + 7 + size + 1
  if (next > end) return -1
  if (bytes[next - 1] !== 0xce) throw new RangeError('bad trailer')
  out.push(view(bytes, at + 7, size))
  return next
}

/** Decimal digits up to a colon, and a comma behind (netstring). */
const decimal: Take = (bytes, at, end, out) => {
  let size = 0
  let index = at
  for (; ; index++) {
    if (index >= end) return -1
    const byte = bytes[index]!
    if (byte === 58) break
    if (byte < 48 || byte > 57 || index - at > 9) throw new RangeError('no digit')
    if (size === 0 && index > at) throw new RangeError('leading zero')
    size = size * 10 + byte - 48
  }
  if (size > maxFrameBytes) throw new RangeError('frame too long')
  const next = index + 1 + size + 1
  if (next > end) return -1
  if (bytes[next - 1] !== 44) throw new RangeError('no comma')
  out.push(view(bytes, index + 1, size))
  return next
}

/** Four hexadecimal digits that count themselves (git). */
const hex: Take = (bytes, at, end, out) => {
  if (at + 4 > end) return -1
  let size = 0
  for (let index = at; index < at + 4; index++) {
    const byte = bytes[index]!
    const digit = byte >= 48 && byte <= 57 ? byte - 48 : byte >= 97 && byte <= 102 ? byte - 87 : -1
    if (digit < 0) throw new RangeError('no digit')
    size = size * 16 + digit
  }
  const next = at + size
  if (size < 4) throw new RangeError('control')
  if (next > end) return -1
  out.push(view(bytes, at + 4, size - 4))
  return next
}

/** Seven bits, or 126 and two bytes, or 127 and eight (WebSocket, unmasked). */
const escapes: Take = (bytes, at, end, out) => {
  if (at + 2 > end) return -1
  let size = bytes[at + 1]! & 127
  let from = at + 2
  if (size === 126) {
    if (from + 2 > end) return -1
    size = (bytes[from]! << 8) | bytes[from + 1]!
    from += 2
  } else if (size === 127) {
    if (from + 8 > end) return -1
    size = sizeAt(bytes, from) * 2 ** 32 + sizeAt(bytes, from + 4)
    from += 8
  }
  if (size > maxFrameBytes) throw new RangeError('frame too long')
  if (from + size > end) return -1
  out.push(view(bytes, from, size))
  return from + size
}

/** Header lines, one of which says the length (LSP). */
const block: Take = (bytes, at, end, out) => {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).indexOf('\r\n\r\n')
  if (found < 0) return -1
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, found).toString('latin1')
  const size = Number(/^content-length: (\d+)$/im.exec(text)?.[1])
  if (!(size <= maxFrameBytes)) throw new RangeError('no length')
  const from = at + found + 4
  if (from + size > end) return -1
  out.push(view(bytes, from, size))
  return from + size
}

/** Blocks of a size in hexadecimal up to CRLF, their bytes and CRLF; zero and an empty line end them (HTTP). */
const chunks: Take = (bytes, at, end, out) => {
  const blocks: Uint8Array[] = []
  for (let from = at; ; ) {
    let size = 0
    let index = from
    for (; ; index++) {
      if (index >= end) return -1
      const byte = bytes[index]!
      if (byte === CR) break
      const digit = byte >= 48 && byte <= 57 ? byte - 48 : byte >= 97 && byte <= 102 ? byte - 87 : -1
      if (digit < 0) throw new RangeError('no digit')
      size = size * 16 + digit
    }
    if (size > maxFrameBytes) throw new RangeError('frame too long')
    const start = index + 2
    const next = start + size + 2
    if (next > end) return -1
    if (bytes[index + 1] !== LF || bytes[next - 2] !== CR || bytes[next - 1] !== LF) throw new RangeError('no line end')
    if (size === 0) {
      out.push(blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks))
      return next
    }
    blocks.push(view(bytes, start, size))
    from = next
  }
}

/** Four bytes whose highest bit says that it is the last (ONC RPC). */
const records: Take = (bytes, at, end, out) => {
  const blocks: Uint8Array[] = []
  for (let from = at; ; ) {
    if (from + 4 > end) return -1
    const last = bytes[from]! >= 128
    const size =
      (((bytes[from]! & 127) << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!) >>> 0
    if (size > maxFrameBytes) throw new RangeError('frame too long')
    const next = from + 4 + size
    if (next > end) return -1
    blocks.push(view(bytes, from + 4, size))
    from = next
    if (!last) continue
    out.push(blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks))
    return next
  }
}

/** LF, with or without CR in front. */
const lineEnds: Take = (bytes, at, end, out) => {
  const found = bytes.indexOf(LF, at)
  if ((found < 0 ? end : found) - at > maxLineBytes + 1) throw new RangeError('line too long')
  if (found < 0 || found >= end) return -1
  out.push(view(bytes, at, (found > at && bytes[found - 1] === CR ? found - 1 : found) - at))
  return found + 1
}

/** A vertical tab in front, a file separator and CR behind (MLLP). */
const enclosed: Take = (bytes, at, end, out) => {
  const begin = bytes.indexOf(0x0b, at)
  if (begin < 0) return -1
  let found = bytes.indexOf(0x1c, begin)
  while (found >= 0 && found + 1 < end && bytes[found + 1] !== CR) found = bytes.indexOf(0x1c, found + 1)
  if (found < 0 || found + 1 >= end) return -1
  out.push(view(bytes, begin + 1, found - begin - 1))
  return found + 2
}

/** SLIP. */
const slip: Take = (bytes, at, end, out) => {
  const found = bytes.indexOf(0xc0, at)
  if (found < 0 || found >= end) return -1
  const frame = new Uint8Array(found - at)
  let size = 0
  for (let index = at; index < found; index++) {
    let byte = bytes[index]!
    if (byte === 0xdb) {
      byte = bytes[++index]!
      if (byte === 0xdc) byte = 0xc0
      else if (byte === 0xdd) byte = 0xdb
      else throw new RangeError('bad escape')
    }
    frame[size++] = byte
  }
  if (size > 0) out.push(frame.subarray(0, size))
  return found + 1
}

/** COBS. */
const cobs: Take = (bytes, at, end, out) => {
  const found = bytes.indexOf(0, at)
  if (found < 0 || found >= end) return -1
  const frame = new Uint8Array(found - at)
  let size = 0
  for (let index = at; index < found; ) {
    const code = bytes[index++]!
    if (index + code - 1 > found) throw new RangeError('bad block')
    for (let left = code - 1; left > 0; left--) frame[size++] = bytes[index++]!
    if (code < 0xff && index < found) frame[size++] = 0
  }
  out.push(frame.subarray(0, size))
  return found + 1
}

/** Lines up to a line of one dot, the dot in front of others taken away (SMTP). */
const dots: Take = (bytes, at, end, out) => {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).indexOf('\r\n.\r\n')
  if (found < 0) return -1
  const frame = new Uint8Array(found + 2)
  let size = 0
  let lineStart = true
  for (let index = at; index < at + found + 2; index++) {
    const byte = bytes[index]!
    if (byte === LF && bytes[index - 1] !== CR) throw new RangeError('a lone LF')
    if (!(lineStart && byte === DOT)) frame[size++] = byte
    lineStart = byte === LF
  }
  out.push(frame.subarray(0, size))
  return at + found + 5
}

export const families = {
  'typed header': taken(headed),
  trailer: taken(trailed),
  'decimal length': taken(decimal),
  'hexadecimal length': taken(hex),
  'escaped length': taken(escapes),
  'header block': taken(block),
  'blocks until zero': taken(chunks),
  'blocks with a last bit': taken(records),
  'CRLF or LF': taken(lineEnds),
  'begin and end mark': taken(enclosed),
  slip: taken(slip),
  cobs: taken(cobs),
  'dot-stuffed': taken(dots)
} as const
