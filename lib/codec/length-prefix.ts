/**
 * How the number in front of a frame is written: 1, 2, 3, 4, 6 or 8 bytes, big or little endian, signed or not, or an
 * unsigned varint (LEB128, as protobuf and it-length-prefixed write it).
 */
import { MalformedFrameError } from '../errors.ts'

export interface LengthPrefix {
  readonly name: string
  /** Bytes it takes; 0 where it says so itself. */
  readonly size: number
  /** The largest number it can say. */
  readonly largest: number
  /** Reads it where `size` bytes are there. */
  readonly read: (bytes: Uint8Array, at: number) => number
  write(value: number, into: Uint8Array, at: number): void
}

/** Bytes that a varint may have: enough for 2^53 - 1, as it-length-prefixed's own limit. */
export const varintBytes = 8

type Read = (bytes: Uint8Array, at: number) => number

const big: Record<number, Read> = {
  1: (b, at) => b[at]!,
  2: (b, at) => (b[at]! << 8) | b[at + 1]!,
  3: (b, at) => (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!,
  4: (b, at) => ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0,
  6: (b, at) => big[2]!(b, at) * 2 ** 32 + big[4]!(b, at + 2),
  8: (b, at) => big[4]!(b, at) * 2 ** 32 + big[4]!(b, at + 4)
}

const little: Record<number, Read> = {
  1: (b, at) => b[at]!,
  2: (b, at) => b[at]! | (b[at + 1]! << 8),
  3: (b, at) => b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16),
  4: (b, at) => (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0,
  6: (b, at) => little[4]!(b, at) + little[2]!(b, at + 4) * 2 ** 32,
  8: (b, at) => little[4]!(b, at) + little[4]!(b, at + 4) * 2 ** 32
}

export const fixedSizes: readonly number[] = [1, 2, 3, 4, 6, 8]

/** A prefix of `size` bytes. A set sign bit is no length: the decoder throws `MalformedFrameError`. */
export function fixedPrefix(size: number, endian: 'big' | 'little', signed: boolean): LengthPrefix {
  const bits = signed ? size * 8 - 1 : size * 8
  const largest = Math.min(2 ** bits - 1, Number.MAX_SAFE_INTEGER)
  const name = `${signed ? 'int' : 'uint'}${size * 8}${size === 1 ? '' : endian === 'big' ? 'be' : 'le'}`
  const unsigned = (endian === 'big' ? big : little)[size] as Read
  const limit = 2 ** bits
  const read: Read = signed
    ? (bytes, at) => {
        const value = unsigned(bytes, at)
        if (value >= limit)
          throw new MalformedFrameError(`length(${name})`, `a length of ${value - 2 * limit} is negative`)
        return value
      }
    : unsigned
  return {
    name,
    size,
    largest,
    read,
    write(value, into, at) {
      for (let index = 0; index < size; index++) {
        const byte = endian === 'big' ? size - 1 - index : index
        into[at + index] = Math.floor(value / 2 ** (8 * byte)) & 0xff
      }
    }
  }
}

/** Bytes that a number takes as a varint. */
export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

export const varintPrefix: LengthPrefix = {
  name: 'varint',
  size: 0,
  largest: Number.MAX_SAFE_INTEGER,
  read(bytes, at) {
    let value = 0
    let scale = 1
    for (; ; at++) {
      const byte = bytes[at] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
  },
  write(value, into, at) {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into[at++] = (rest & 0x7f) | 0x80
    into[at] = rest
  }
}
