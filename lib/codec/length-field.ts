/**
 * How the number that says a frame's length is written: the binary ones are here, 1 to 8 bytes, big or little endian,
 * signed or not, perhaps sharing their bytes with flags, and the varint (LEB128, as protobuf and it-length-prefixed write
 * it). Those of text are in ascii-field.ts and text-field.ts.
 */
import { MalformedFrameError } from '../errors.ts'

export interface LengthField {
  readonly name: string
  /** Bytes it takes; 0 where it says so itself. */
  readonly size: number
  /** Bytes it takes at least. */
  readonly least: number
  /** The smallest number it can say, and the largest. */
  readonly smallest: number
  readonly largest: number
  /**
   * Bytes that the number at `at` takes; 0 where its end is not in `bytes[at, end)`. The first `seen` bytes were looked
   * at before, in vain. Throws where there can be none.
   */
  measure(bytes: Uint8Array, at: number, end: number, seen: number): number
  /** The number of `size` bytes at `at`; called at once behind `measure` where that told the size. */
  readonly read: (bytes: Uint8Array, at: number, size: number) => number
  /** Bytes that a number takes when it is written. */
  sizeOf(value: number, header?: unknown): number
  write(value: number, into: Uint8Array, at: number, header?: unknown): void
}

/** Bytes that a varint may have unless an option says otherwise: enough for 2^53 - 1, as it-length-prefixed's own limit. */
export const varintBytes = 8

type Read = (bytes: Uint8Array, at: number) => number

const big: Record<number, Read> = {
  1: (b, at) => b[at]!,
  2: (b, at) => (b[at]! << 8) | b[at + 1]!,
  3: (b, at) => (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!,
  4: (b, at) => ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0,
  5: (b, at) => b[at]! * 2 ** 32 + big[4]!(b, at + 1),
  6: (b, at) => big[2]!(b, at) * 2 ** 32 + big[4]!(b, at + 2),
  7: (b, at) => big[3]!(b, at) * 2 ** 32 + big[4]!(b, at + 3),
  8: (b, at) => big[4]!(b, at) * 2 ** 32 + big[4]!(b, at + 4)
}

const little: Record<number, Read> = {
  1: (b, at) => b[at]!,
  2: (b, at) => b[at]! | (b[at + 1]! << 8),
  3: (b, at) => b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16),
  4: (b, at) => (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0,
  5: (b, at) => little[4]!(b, at) + b[at + 4]! * 2 ** 32,
  6: (b, at) => little[4]!(b, at) + little[2]!(b, at + 4) * 2 ** 32,
  7: (b, at) => little[4]!(b, at) + little[3]!(b, at + 4) * 2 ** 32,
  8: (b, at) => little[4]!(b, at) + little[4]!(b, at + 4) * 2 ** 32
}

export interface FixedFieldOptions {
  endian: 'big' | 'little'
  signed: boolean
  /** How many of its bits, the lowest ones, are the number. */
  bits: number
}

/** A number of `size` bytes. Its unused bits are left as they are by `write`. */
export function fixedField(size: number, { endian, signed, bits }: FixedFieldOptions): LengthField {
  const whole = bits === size * 8
  const order = size === 1 ? '' : endian === 'big' ? 'be' : 'le'
  const unsigned = (endian === 'big' ? big : little)[size] as Read
  const values = 2 ** bits
  const some: Read = whole ? unsigned : (bytes, at) => unsigned(bytes, at) % values
  const short: Read = signed ? (bytes, at) => signedValue(some(bytes, at), values) : some
  const read = size > 6 && !(whole && !signed) ? inHalves(size, { endian, signed, bits }) : short
  return {
    name: `${signed ? 'int' : 'uint'}${bits}${order}`,
    size,
    least: size,
    smallest: signed ? Math.max(-values / 2, Number.MIN_SAFE_INTEGER) : 0,
    largest: Math.min((signed ? values / 2 : values) - 1, Number.MAX_SAFE_INTEGER),
    measure: (_bytes, at, end) => (at + size <= end ? size : 0),
    read,
    sizeOf: () => size,
    write(value, into, at) {
      for (let place = 0, left = bits, rest = value; place < size && left > 0; place++, left -= 8) {
        const index = at + (endian === 'big' ? size - 1 - place : place)
        const kept = left >= 8 ? 0 : (into[index] as number) & ~((1 << left) - 1)
        into[index] = kept | ((rest - Math.floor(rest / 256) * 256) & (left >= 8 ? 255 : (1 << left) - 1))
        rest = Math.floor(rest / 256)
      }
    }
  }
}

function signedValue(value: number, values: number): number {
  return value >= values / 2 ? value - values : value
}

/**
 * Reads some bits of 7 or 8 bytes, or a sign: all of them together would be rounded to 53 bits first, and the lowest ones,
 * which are the length, lost.
 */
function inHalves(size: number, { endian, signed, bits }: FixedFieldOptions): Read {
  const [high, low, highAt, lowAt] =
    endian === 'big' ? [big[size - 4], big[4], 0, size - 4] : [little[size - 4], little[4], 4, 0]
  const values = 2 ** Math.max(0, bits - 32)
  const lowValues = 2 ** Math.min(bits, 32)
  return (bytes, at) => {
    const below = (low as Read)(bytes, at + lowAt) % lowValues
    if (bits <= 32) return signed ? signedValue(below, lowValues) : below
    const above = (high as Read)(bytes, at + highAt) % values
    return (signed ? signedValue(above, values) : above) * 2 ** 32 + below
  }
}

/** Bytes that a number takes as a varint. */
export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

/** A varint of at most `most` bytes. */
export function varintField(most: number, codec = 'length(varint)'): LengthField {
  return {
    name: 'varint',
    size: 0,
    least: 1,
    smallest: 0,
    largest: Math.min(2 ** (7 * most) - 1, Number.MAX_SAFE_INTEGER),
    measure(bytes, at, end, seen) {
      const last = Math.min(end, at + most)
      for (let index = at + seen; index < last; index++) if ((bytes[index] as number) < 0x80) return index + 1 - at
      if (last < at + most) return 0
      throw new MalformedFrameError(codec, `a varint of more than ${most} bytes is no length`)
    },
    read: readVarint,
    sizeOf: varintSize,
    write(value, into, at) {
      let rest = value
      for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into[at++] = (rest & 0x7f) | 0x80
      into[at] = rest
    }
  }
}

/** Reads a varint whose end is there. */
export function readVarint(bytes: Uint8Array, at: number): number {
  let value = 0
  let scale = 1
  for (; ; at++) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
    scale *= 0x80
  }
}
