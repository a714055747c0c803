/**
 * A length written and read by functions of it-length-prefixed (`lengthEncoder`, `lengthDecoder`), or others of their
 * kind: `uint8-varint`, the `int32BE` functions of the libp2p world.
 */
import { Uint8ArrayList } from 'uint8arraylist'
import { InvalidOptionError, MalformedFrameError } from '../errors.ts'
import type { LengthField } from './length-field.ts'

export interface PluggedLength {
  /** Bytes of a number. */
  encode(value: number): Uint8Array | Uint8ArrayList
  /**
   * The number at the beginning of the bytes; throws a `RangeError` where they are too few. Its property `bytes` says how
   * many the last number took.
   */
  decode: ((data: Uint8ArrayList) => number) & { bytes: number }
  /** The most bytes of a number (8). */
  maxLengthLength?: number
}

export function pluggedField(
  { encode, decode, maxLengthLength = 8 }: PluggedLength,
  codec = 'length(plugged)'
): LengthField {
  const name = 'plugged'
  const bytesOf = (value: number): Uint8Array => {
    const encoded = encode(value)
    return encoded instanceof Uint8Array ? encoded : encoded.subarray()
  }
  return {
    name,
    size: 0,
    least: 1,
    smallest: Number.MIN_SAFE_INTEGER,
    largest: Number.MAX_SAFE_INTEGER,
    measure(bytes, at, end) {
      const until = Math.min(end, at + maxLengthLength)
      try {
        decode(new Uint8ArrayList(bytes.subarray(at, until)))
      } catch (error) {
        if (error instanceof RangeError && until < at + maxLengthLength) return 0
        throw new MalformedFrameError(codec, `no length in ${until - at} bytes`, { cause: error })
      }
      const size = decode.bytes
      if (!Number.isSafeInteger(size) || size < 1 || size > maxLengthLength) {
        throw new InvalidOptionError('prefix.decode.bytes', size, `1 to ${maxLengthLength} after a number was decoded`)
      }
      return at + size <= end ? size : 0
    },
    read(bytes, at, size) {
      const value = decode(new Uint8ArrayList(bytes.subarray(at, at + size)))
      if (Number.isInteger(value)) return value
      throw new MalformedFrameError(codec, `a length of ${value} is no whole number`)
    },
    sizeOf: (value) => bytesOf(value).byteLength,
    write: (value, into, at) => into.set(bytesOf(value), at)
  }
}
