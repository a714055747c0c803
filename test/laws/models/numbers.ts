/**
 * How a length is written, naive: the number is read from all of its bytes at once, with big integers and with patterns.
 */
import { MalformedFrameError } from '../../../lib/errors.ts'
import type { AsciiLength, LayoutOptions, TextLength } from '../../../lib/index.ts'

export interface NaiveNumber {
  /** Bytes that it always has, where it has always as many. */
  readonly size: number | undefined
  /** The number at the beginning of these bytes; undefined while it is not whole. Throws where there can be none. */
  read(bytes: readonly number[]): { value: number; size: number } | undefined
  /** Its bytes; undefined where it cannot be said. */
  write(value: number, header?: unknown): number[] | undefined
}

const name = 'length'

export function numberOf(options: LayoutOptions): NaiveNumber {
  const { prefix = 'varint', signed = false, endian = 'big', maxVarintBytes = 8 } = options
  if (prefix === 'varint') return varint(maxVarintBytes)
  if (typeof prefix === 'number') return binary(prefix, endian, signed, options.bits ?? prefix * 8)
  if ('ascii' in prefix) return ascii({ minus: signed, ...prefix })
  if ('read' in prefix) return inText(prefix)
  throw new Error('a model reads no numbers with functions that are plugged in')
}

export function binary(size: number, endian: 'big' | 'little', signed: boolean, bits: number): NaiveNumber {
  const inOrder = (bytes: readonly number[]): number[] => (endian === 'big' ? [...bytes] : bytes.toReversed())
  return {
    size,
    read(bytes) {
      if (bytes.length < size) return undefined
      const all = inOrder(bytes.slice(0, size)).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
      return { value: Number(signed ? BigInt.asIntN(bits, all) : BigInt.asUintN(bits, all)), size }
    },
    write(value) {
      const all = BigInt(value)
      if ((signed ? BigInt.asIntN(bits, all) : BigInt.asUintN(bits, all)) !== all) return undefined
      const digits = BigInt.asUintN(bits, all)
        .toString(16)
        .padStart(size * 2, '0')
      return inOrder(digits.match(/../g)!.map((pair) => Number.parseInt(pair, 16)))
    }
  }
}

function varint(most: number): NaiveNumber {
  return {
    size: undefined,
    read(bytes) {
      const last = bytes.findIndex((byte) => byte < 0x80)
      if (last < 0 && bytes.length < most) return undefined
      if (last < 0 || last >= most) throw new MalformedFrameError(name, `a varint of more than ${most} bytes`)
      const value = bytes.slice(0, last + 1).reduceRight((sum, byte) => sum * 128n + BigInt(byte & 0x7f), 0n)
      return { value: Number(value), size: last + 1 }
    },
    write(value) {
      const bytes: number[] = []
      let rest = BigInt(value)
      for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) | 0x80)
      bytes.push(Number(rest))
      return value < 0 || bytes.length > most ? undefined : bytes
    }
  }
}

function ascii({
  ascii: kind,
  end,
  digits,
  leadingZeros = end === undefined,
  minus = false
}: AsciiLength): NaiveNumber {
  const [digit, first, radix, byDefault] =
    kind === 'hex' ? ['[0-9a-f]', '[1-9a-f]', 16, 13] : ['[0-9]', '[1-9]', 10, 15]
  const most = digits ?? byDefault
  const number = leadingZeros ? `${digit}{1,${most}}` : `(?:0|${first}${digit}{0,${most - 1}})`
  const sign = minus ? '-?' : ''
  const mark = end ?? ''
  const begins = new RegExp(`^${sign}(?:${number})?$`, 'i')
  const whole = new RegExp(`^${sign}${number}$`, 'i')
  const numberIn = (text: string): number => Number.parseInt(text, radix)
  const readFixed = (bytes: readonly number[]): { value: number; size: number } | undefined => {
    if (bytes.length < most) return undefined
    const text = latin1(bytes.slice(0, most))
    if (!new RegExp(`^${sign}${digit}+$`, 'i').test(text)) throw new MalformedFrameError(name, 'no digits')
    return { value: numberIn(text), size: most }
  }
  const readMarked = (bytes: readonly number[]): { value: number; size: number } | undefined => {
    const text = latin1(bytes)
    for (let size = 0; size <= mark.length; size += 1) {
      const at = text.length - size
      const isEnd = text.endsWith(mark.slice(0, size)) && whole.test(text.slice(0, at))
      if (size === mark.length && isEnd) return { value: numberIn(text), size: text.length }
      if (size < mark.length && (isEnd || (size === 0 && begins.test(text)))) return undefined
    }
    throw new MalformedFrameError(name, `no length: ${text}`)
  }
  return {
    size: end === undefined ? most : undefined,
    read(bytes) {
      if (end === undefined) return readFixed(bytes)
      // One byte more each time, so that nothing behind the number is looked at.
      for (let size = 1; size <= bytes.length; size += 1) {
        const found = readMarked(bytes.slice(0, size))
        if (found !== undefined) return found
      }
      return undefined
    },
    write(value) {
      const digits = Math.abs(value).toString(radix)
      if (digits.length > most || (value < 0 && !minus)) return undefined
      const signed =
        (value < 0 ? '-' : '') + (end === undefined ? digits.padStart(most - (value < 0 ? 1 : 0), '0') : digits)
      return bytesOf(signed + mark)
    }
  }
}

function inText({ end, maxTextBytes = 4096, read, write }: TextLength): NaiveNumber {
  return {
    size: undefined,
    read(bytes) {
      const at = latin1(bytes).indexOf(end)
      const size = at < 0 ? bytes.length + 1 : at + end.length
      if (size > maxTextBytes) throw new MalformedFrameError(name, 'too long a header')
      if (at < 0) return undefined
      let value: number
      try {
        value = read(latin1(bytes).slice(0, at))
      } catch (cause) {
        throw new MalformedFrameError(name, 'a header that cannot be read', { cause })
      }
      if (!Number.isSafeInteger(value)) throw new MalformedFrameError(name, 'a header without a length')
      return { value, size }
    },
    write: (value, header) => bytesOf(write(value, header) + end)
  }
}

function latin1(bytes: readonly number[]): string {
  return String.fromCharCode(...bytes)
}

export function bytesOf(text: string | Uint8Array): number[] {
  return [...(typeof text === 'string' ? Buffer.from(text, 'utf8') : text)]
}
