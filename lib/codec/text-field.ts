/**
 * A length somewhere in a text that a mark ends: a line, a block of header lines. Reading and writing it is the
 * protocol's own.
 *
 *   { end: '\r\n\r\n', read: contentLength, write: (length) => `Content-Length: ${length}` }
 */
import { FrameRefusedError, MalformedFrameError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import { indexOfMark } from './index-of-mark.ts'
import type { LengthField } from './length-field.ts'
import { bytesOfMark } from './marks.ts'

export interface TextLength {
  /** The mark behind the text. */
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
  const mark = bytesOfMark('end', end)
  wholeNumber('maxTextBytes', maxTextBytes, mark.byteLength)
  const name = `text ${JSON.stringify(end)}`
  const speaker = codec ?? `length(${name})`
  const written = (value: number, header: unknown): string => {
    const text = write(value, header)
    if (text.includes(end)) throw new FrameRefusedError(speaker, 'with the end of its header inside the header')
    return text + end
  }
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
    read(bytes, at, size) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, size - mark.byteLength).toString('latin1')
      let value: unknown
      try {
        value = read(text)
      } catch (cause) {
        throw new MalformedFrameError(speaker, `no length in ${JSON.stringify(text.slice(0, 100))}`, {
          cause
        })
      }
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      throw new MalformedFrameError(speaker, `no length in ${JSON.stringify(text.slice(0, 100))}`)
    },
    sizeOf: (value, header) => written(value, header).length,
    write(value, into, at, header) {
      into.set(Buffer.from(written(value, header), 'latin1'), at)
    }
  }
}
