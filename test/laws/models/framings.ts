/**
 * Five of the six framings, as naive as can be: the stream itself, fixed size, delimiter, length.
 */
import { FrameOverLimitError, FrameRefusedError, FrameTooLargeError, MalformedFrameError } from '../../../lib/errors.ts'
import { join } from '../../../lib/laws/bytes.ts'
import type { Codec } from '../../../lib/types.ts'
import { cutOffError, type Found, type Machine, naive } from './machine.ts'

export function naiveStream(name: 'close' | 'half-close', { maxBytes }: { maxBytes: number }): Codec<Uint8Array> {
  const machine = (): Machine<Uint8Array> => {
    const bytes: number[] = []
    return {
      byte: (value) => {
        bytes.push(value)
        if (bytes.length > maxBytes) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
        return undefined
      },
      end: () => ({ frame: Uint8Array.from(bytes) }),
      held: () => bytes.length
    }
  }
  const writer = () => {
    let written = false
    return (frame: Uint8Array): Uint8Array => {
      if (written) throw new FrameRefusedError(name, 'after the first: the stream is the frame')
      if (frame.length > maxBytes) throw new FrameOverLimitError(name, frame.length, maxBytes)
      written = true
      return frame
    }
  }
  return naive({ name, machine, writer, endIsFrame: true })
}

export function naiveFixed(size: number): Codec<Uint8Array> {
  const machine = (): Machine<Uint8Array> => {
    let bytes: number[] = []
    return {
      byte: (value) => {
        bytes.push(value)
        if (bytes.length < size) return undefined
        const frame = Uint8Array.from(bytes)
        bytes = []
        return { frame }
      },
      end: () => {
        if (bytes.length > 0) throw cutOffError('fixed', 'payload', bytes, size)
        return undefined
      },
      held: () => bytes.length
    }
  }
  const write = (frame: Uint8Array): Uint8Array => {
    if (frame.length !== size) throw new FrameRefusedError('fixed', `of ${frame.length} bytes instead of ${size}`)
    return frame
  }
  return naive({ name: 'fixed', machine, writer: () => write })
}

export interface DelimiterModel {
  mark: Uint8Array
  keep: boolean
  maxBytes: number
}

export function naiveDelimiter({ mark, keep, maxBytes }: DelimiterModel): Codec<Uint8Array> {
  const name = 'delimiter'
  const inFrame = keep ? 0 : mark.length
  const endsWithMark = (bytes: readonly number[]): boolean =>
    bytes.length >= mark.length && mark.every((value, index) => bytes[bytes.length - mark.length + index] === value)
  const machine = (): Machine<Uint8Array> => {
    let bytes: number[] = []
    return {
      byte: (value): Found<Uint8Array> => {
        bytes.push(value)
        const found = endsWithMark(bytes)
        const tooMany = bytes.length - inFrame > maxBytes
        const hopeless = !found && bytes.length - inFrame >= maxBytes // one byte more and it is too many
        if (tooMany || hopeless) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
        if (!found) return undefined
        const frame = Uint8Array.from(bytes.slice(0, bytes.length - inFrame))
        bytes = []
        return { frame }
      },
      end: () => {
        if (bytes.length > 0) throw cutOffError(name, 'payload', bytes)
        return undefined
      },
      held: () => bytes.length
    }
  }
  const write = (frame: Uint8Array): Uint8Array => {
    if (frame.length > maxBytes) throw new FrameOverLimitError(name, frame.length, maxBytes)
    const wire = keep ? frame : join([frame, mark])
    const first = Buffer.from(wire).indexOf(Buffer.from(mark))
    if (first === -1 || first !== wire.length - mark.length) {
      throw new FrameRefusedError(name, 'that would be read as another')
    }
    return wire
  }
  return naive({ name, machine, writer: () => write })
}

export interface LengthModel {
  prefix: 'varint' | 1 | 2 | 3 | 4 | 6 | 8
  endian: 'big' | 'little'
  signed: boolean
  maxBytes: number
}

/** The value that a prefix of so many bytes says, exactly. */
function prefixValue(bytes: readonly number[], { endian, signed }: LengthModel): bigint {
  const inOrder = endian === 'big' ? bytes : bytes.toReversed()
  const value = inOrder.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  return signed ? BigInt.asIntN(bytes.length * 8, value) : value
}

/** Seven bits a byte, low ones first; undefined while the last byte has not come. */
function varintValue(bytes: readonly number[]): bigint | undefined {
  if (bytes.at(-1)! >= 0x80) return undefined
  return bytes.reduceRight((sum, byte) => sum * 128n + BigInt(byte & 0x7f), 0n)
}

export function naiveLength(options: LengthModel): Codec<Uint8Array> {
  const name = 'length'
  const { prefix, signed, endian } = options
  const sayable = prefix === 'varint' ? 2n ** 56n - 1n : 2n ** BigInt(prefix * 8 - (signed ? 1 : 0)) - 1n
  const maxBytes = Number(sayable < BigInt(options.maxBytes) ? sayable : BigInt(options.maxBytes))
  const machine = (): Machine<Uint8Array> => {
    let bytes: number[] = []
    let header = 0
    let size: number | undefined
    const readHeader = (): number | undefined => {
      if (prefix !== 'varint' && bytes.length < prefix) return undefined
      if (prefix === 'varint' && bytes.length === 8 && bytes[7]! >= 0x80) {
        throw new MalformedFrameError(name, 'a varint of more than 8 bytes')
      }
      const value = prefix === 'varint' ? varintValue(bytes) : prefixValue(bytes, options)
      if (value === undefined) return undefined
      if (value < 0n) throw new MalformedFrameError(name, `a length of ${value}`)
      if (value > BigInt(maxBytes)) throw new FrameTooLargeError(name, Number(value), maxBytes)
      header = bytes.length
      return Number(value)
    }
    return {
      byte: (value) => {
        bytes.push(value)
        size ??= readHeader()
        if (size === undefined || bytes.length < header + size) return undefined
        const frame = Uint8Array.from(bytes.slice(header))
        bytes = []
        size = undefined
        return { frame }
      },
      end: () => {
        if (bytes.length === 0) return undefined
        if (size !== undefined) throw cutOffError(name, 'payload', bytes, header + size)
        throw cutOffError(name, 'header', bytes, prefix === 'varint' ? undefined : prefix)
      },
      held: () => bytes.length
    }
  }
  const write = (frame: Uint8Array): Uint8Array => {
    if (frame.length > maxBytes) throw new FrameOverLimitError(name, frame.length, maxBytes)
    const header: number[] = []
    let value = BigInt(frame.length)
    if (prefix === 'varint') {
      for (; value >= 128n; value /= 128n) header.push(Number(value % 128n) | 0x80)
      header.push(Number(value))
    } else {
      for (let place = 0; place < prefix; place += 1, value /= 256n) header.push(Number(value % 256n))
      if (endian === 'big') header.reverse()
    }
    return join([Uint8Array.from(header), frame])
  }
  return naive({ name, machine, writer: () => write })
}
