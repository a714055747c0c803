/**
 * A length somewhere in a text that a mark ends: a line, a block of header lines. Reading and writing it is the
 * protocol's own, so what is written is read again before it goes out: nothing in it may end the text too soon or say
 * another length.
 *
 *   { end: '\r\n\r\n', read: contentLength, write: (length) => `Content-Length: ${length}` }
 */
import { FrameRefusedError, InvalidOptionError, MalformedFrameError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import { indexOfMark } from './index-of-mark.ts'
import type { LengthField } from './length-field.ts'
import { bytesOfMark } from './marks.ts'

export interface TextLength {
  /** The mark behind the text, in ASCII. */
  end: string
  /** The longest text in bytes, its mark with it (4 KiB). */
  maxTextBytes?: number
  /** The number in the text (without the mark; one character a byte). What it throws becomes a `MalformedFrameError`. */
  read(text: string): number
  /** The text for a number (without the mark; one byte a character), and for the header where frames have one. */
  write(length: number, header?: unknown): string
}

/** @throws InvalidOptionError */
export function textField(
  { end, maxTextBytes = limits.delimitedBytes, read, write }: TextLength,
  codec?: string
): LengthField {
  if (typeof end !== 'string' || typeof read !== 'function' || typeof write !== 'function') {
    throw new InvalidOptionError('prefix', '{...}', '{ ascii }, { end, read, write } or { encode, decode }')
  }
  const mark = bytesOfMark('end', end)
  if (mark.byteLength !== end.length) throw new InvalidOptionError('end', end, 'ASCII characters')
  wholeNumber('maxTextBytes', maxTextBytes, mark.byteLength)
  const name = `text ${JSON.stringify(end)}`
  const speaker = codec ?? `length(${name})`
  const numberIn = (text: string): number => {
    let value: unknown
    let cause: unknown
    try {
      value = read(text)
    } catch (error) {
      cause = error
    }
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw new MalformedFrameError(speaker, `no length in ${JSON.stringify(text.slice(0, 100))}`, { cause })
  }
  const readAgain = (text: string): number | undefined => {
    try {
      return numberIn(text)
    } catch {
      return undefined
    }
  }
  const written = (value: number, header: unknown): Uint8Array => {
    const text = write(value, header)
    const bytes = Buffer.from(text + end, 'latin1')
    const shown = JSON.stringify(text.slice(0, 100))
    if (bytes.toString('latin1') !== text + end)
      throw new FrameRefusedError(speaker, `with a header beyond Latin-1: ${shown}`)
    if (bytes.indexOf(mark) !== text.length)
      throw new FrameRefusedError(speaker, `with the end of its header inside it: ${shown}`)
    if (bytes.byteLength > maxTextBytes)
      throw new FrameRefusedError(speaker, `with a header of ${bytes.byteLength} bytes`)
    if (readAgain(text) !== value) throw new FrameRefusedError(speaker, `whose header says another length: ${shown}`)
    return bytes
  }
  /** What `sizeOf` wrote: `write` is asked once for each text, for it may answer differently next time. */
  let last: { value: number; header: unknown; bytes: Uint8Array } | undefined
  return {
    name,
    size: 0,
    least: mark.byteLength,
    smallest: Number.MIN_SAFE_INTEGER,
    largest: Number.MAX_SAFE_INTEGER,
    measure(bytes, at, until, seen) {
      const found = indexOfMark(bytes, mark, at + Math.max(0, seen - mark.byteLength + 1), until)
      const size = found < 0 ? until - at + 1 : found + mark.byteLength - at
      if (size > maxTextBytes) throw new MalformedFrameError(speaker, `a header of more than ${maxTextBytes} bytes`)
      return found < 0 ? 0 : size
    },
    read: (bytes, at, size) =>
      numberIn(Buffer.from(bytes.buffer, bytes.byteOffset + at, size - mark.byteLength).toString('latin1')),
    sizeOf(value, header) {
      last = { value, header, bytes: written(value, header) }
      return last.bytes.byteLength
    },
    write(value, into, at, header) {
      const same = last !== undefined && last.value === value && last.header === header
      into.set(same && last !== undefined ? last.bytes : written(value, header), at)
      last = undefined
    }
  }
}
