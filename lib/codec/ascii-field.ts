/**
 * A length in ASCII digits, decimal or hexadecimal: a certain number of them, or as many as stand in front of a mark.
 *
 *   { ascii: 'decimal', end: ':' }      5:hello
 *   { ascii: 'hex', digits: 4 }         0009hello
 *
 * Signs, blanks and, unless they are allowed, leading zeros are faults: two readers must not read one number in two ways.
 */
import { InvalidOptionError, MalformedFrameError } from '../errors.ts'
import { wholeNumber } from '../limits.ts'
import { LengthExtension } from './length-extension.ts'
import type { LengthField } from './length-field.ts'
import { bytesOfMark } from './marks.ts'

export interface AsciiLength {
  ascii: 'decimal' | 'hex'
  /** So many digits, no mark behind them (or the most digits in front of `end`: 15, hex 13). */
  digits?: number
  /** The mark behind the digits. */
  end?: string
  /** Whether leading zeros are read (false where there is an `end`). */
  leadingZeros?: boolean
  /** Whether a minus in front of the digits is read (false). */
  minus?: boolean
  /** The character that begins an extension: everything from there to `end`, at most 4 KiB, means nothing here. */
  extension?: string
}

/** @throws InvalidOptionError */
export function asciiField(options: AsciiLength, codec?: string): LengthField {
  const { ascii, end, extension, minus = false } = options
  const radix = ascii === 'hex' ? 16 : 10
  if (ascii !== 'hex' && ascii !== 'decimal') throw new InvalidOptionError('ascii', ascii, "'decimal' or 'hex'")
  const most = radix === 16 ? 13 : 15
  const digits = wholeNumber('digits', options.digits ?? most)
  if (digits > most) throw new InvalidOptionError('digits', digits, `at most ${most}: more are no exact number`)
  const mark = end === undefined ? undefined : bytesOfMark('end', end)
  if (mark === undefined && options.digits === undefined) throw new InvalidOptionError('digits', undefined, 'a number')
  if (mark !== undefined && digitOf(mark[0] as number) < radix) {
    throw new InvalidOptionError('end', end, 'a mark that does not begin with a digit')
  }
  const leadingZeros = options.leadingZeros ?? mark === undefined
  const name = `${ascii}${mark === undefined ? ` ${digits}` : ` ${JSON.stringify(end)}`}`
  const speaker = codec ?? `length(${name})`
  const passed = extension === undefined ? undefined : new LengthExtension(speaker, extension, mark)
  const fail = (what: string): never => {
    throw new MalformedFrameError(speaker, what)
  }
  const size = mark === undefined ? digits : 0

  const markBytes = mark ?? new Uint8Array(0)
  const markSize = markBytes.byteLength
  /** What the digits said that were looked at last: `read` follows `measure` at once. */
  let measured = 0

  /** How many bytes the sign and the digits at `at` have. */
  const digitsAt = (bytes: Uint8Array, at: number, until: number): number => {
    let index = at
    if (minus && index < until && bytes[index] === 0x2d) index++
    const first = index
    measured = 0
    for (; index < until && index - first <= digits; index++) {
      const digit = digitOf(bytes[index] as number)
      if (digit >= radix) break
      measured = measured * radix + digit
    }
    // In the order in which they show when the digits come one by one.
    if (!leadingZeros && index - first > 1 && bytes[first] === 0x30) fail('a length with a leading zero')
    if (index - first > digits) fail(`a length of more than ${digits} digits`)
    return index - at
  }
  /** A few digits and the mark, with nothing to object to: bytes of them, or 0 where it needs a closer look. */
  const commonest = (bytes: Uint8Array, at: number, until: number): number => {
    let value = 0
    let index = at
    for (; index < until; index++) {
      const digit = digitOf(bytes[index] as number)
      if (digit >= radix) break
      value = value * radix + digit
    }
    const count = index - at
    if (count === 0 || count > digits || index + markSize > until) return 0
    if (bytes[at] === 0x30 && count > 1 && !leadingZeros) return 0
    for (let of = 0; of < markSize; of++) if (bytes[index + of] !== markBytes[of]) return 0
    measured = value
    return count + markSize
  }
  return {
    name,
    size,
    // With each byte a fault may show, and it must show with the same byte however the bytes were cut.
    least: size || 1,
    // Where the digits are counted, the minus is one of them.
    smallest: minus ? 1 - radix ** (mark === undefined ? digits - 1 : digits) : 0,
    largest: radix ** digits - 1,
    measure(bytes, at, until, seen) {
      if (mark === undefined) return at + size <= until ? size : 0
      const usual = commonest(bytes, at, until)
      if (usual > 0) return usual
      const count = digitsAt(bytes, at, until)
      let index = at + count
      if (index === until) return 0
      if (count === 0 || (count === 1 && bytes[at] === 0x2d)) fail(`${shown(bytes[index])} where a length should be`)
      if (passed?.beginsWith(bytes[index]) === true) {
        index = passed.end(bytes, at, index, until, seen)
        return index === 0 ? 0 : index - at
      }
      for (let of = 0; of < mark.byteLength; of++, index++) {
        if (index === until) return 0
        if (bytes[index] !== mark[of]) fail(`${shown(bytes[index])} behind the digits of a length`)
      }
      return index - at
    },
    read(bytes, at) {
      const negative = minus && bytes[at] === 0x2d
      let value = measured
      if (mark === undefined) {
        value = 0
        for (let index = negative ? at + 1 : at; index < at + size; index++) {
          const digit = digitOf(bytes[index] as number)
          if (digit >= radix) fail(`${shown(bytes[index])} in a length`)
          value = value * radix + digit
        }
      }
      return negative ? -value : value
    },
    sizeOf: (value) => size || textOf(value).length + (mark as Uint8Array).byteLength,
    write(value, into, at) {
      const text = textOf(value)
      for (let index = 0; index < text.length; index++) into[at + index] = text.charCodeAt(index)
      if (mark !== undefined) into.set(mark, at + text.length)
    }
  }

  function textOf(value: number): string {
    if (mark !== undefined) return value.toString(radix)
    return value < 0
      ? `-${(-value).toString(radix).padStart(digits - 1, '0')}`
      : value.toString(radix).padStart(digits, '0')
  }
}

/** What a digit says; 99 for what is none. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : 99
}

function shown(byte: number | undefined): string {
  return `a byte ${(byte as number).toString(16).padStart(2, '0')}`
}
