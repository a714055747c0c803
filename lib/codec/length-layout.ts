/**
 * Where a length stands among the other bytes of a frame, and what it counts:
 *
 *   offset bytes | number | after bytes | payload | trailer
 *   \_____________ header _____________/
 */
import { InvalidOptionError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import { type AsciiLength, asciiField } from './ascii-field.ts'
import { fixedField, type LengthField, varintBytes, varintField } from './length-field.ts'
import { bytesOfMark } from './marks.ts'
import { type PluggedLength, pluggedField } from './plugged-field.ts'
import { type TextLength, textField } from './text-field.ts'

/** Reads something out of a header that is whole: `at` is its first byte, `behind` the first one behind the number. */
export type FromHeader<T> = (bytes: Uint8Array, at: number, behind: number) => T

/** What a header says beside the length. `write` finds the length written already. */
export interface HeaderFormat<H> {
  read: FromHeader<H>
  write(header: H, into: Uint8Array, at: number, behind: number): void
}

/** A frame with its header read. */
export interface HeadedFrame<H> {
  readonly header: H
  readonly payload: Uint8Array
}

export interface LayoutOptions {
  /** How errors speak of the codec (`length(...)`). */
  name?: string
  /**
   * How the number is written: so many bytes, `varint` (the default), ASCII digits, somewhere in a text, or by the
   * functions of it-length-prefixed.
   */
  prefix?: 'varint' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | AsciiLength | TextLength | PluggedLength
  /** Order of the bytes of a binary number (`big`). */
  endian?: 'big' | 'little'
  /** Whether its highest bit is a sign (false). A negative length is refused, unless it is an escape or a signal. */
  signed?: boolean
  /** How many bits of a binary number, the lowest ones, are the length; the others are for `header` to read (all). */
  bits?: number
  /** The most bytes of a varint (8), 1 to 10. */
  maxVarintBytes?: number
  /** Numbers that mean: the length follows, in so many bytes. `{ 126: 2, 127: 8 }` */
  escape?: Readonly<Record<string, 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8>>
  /** Numbers that are no length but mean something; in their place stands `{ signal: name }`. `{ 0: 'flush' }` */
  signals?: Readonly<Record<string, string>>
  /** Bytes in front of the number: how many, or which they must be (0). */
  offset?: number | string | Uint8Array
  /** Bytes of the header behind the number: how many, or a function that tells (0). */
  after?: number | FromHeader<number>
  /**
   * What the number counts: the `payload` (the default), everything from the number on (`itself`), or the whole `frame`.
   * A number is added to what it says, and then it counts everything behind it, as Netty's and tokio's adjustments do.
   */
  counts?: 'payload' | 'itself' | 'frame' | number
  /** What stands behind the payload: these bytes, so many of any kind, or a function that tells how many (none). */
  trailer?: string | Uint8Array | number | FromHeader<number>
}

/** The same, worked out once for all decoders and encoders of a codec. */
export interface Layout {
  readonly field: LengthField
  readonly escapes: ReadonlyMap<number, LengthField> | undefined
  readonly signals: ReadonlyMap<number, string> | undefined
  readonly offset: number
  /** What the bytes in front of the number must be. */
  readonly constant: Uint8Array | undefined
  readonly after: number | FromHeader<number>
  readonly counts: 'payload' | 'itself' | 'frame' | number
  readonly trailer: number | FromHeader<number>
  readonly trailerMark: Uint8Array | undefined
  /** A binary number of one width or a varint, the payload, and nothing else. */
  readonly plain: boolean
}

/** @throws InvalidOptionError */
export function layoutOf(options: LayoutOptions): Layout {
  const { counts = 'payload' } = options
  const field = fieldOf(options)
  const escapes = numbered('escape', field, options.escape)?.map(
    ([value, size]) => [value, escapeField(options, size)] as const
  )
  const signals = numbered('signals', field, options.signals)
  const double = signals?.find(([value]) => escapes?.some(([other]) => other === value))
  if (double !== undefined) throw new InvalidOptionError('signals', double[0], 'no number that is an escape, too')
  if (options.bits !== undefined && typeof options.prefix !== 'number') {
    throw new InvalidOptionError('bits', options.bits, 'a prefix of so many bytes beside it')
  }
  if (typeof counts === 'number' ? !Number.isSafeInteger(counts) : !['payload', 'itself', 'frame'].includes(counts)) {
    throw new InvalidOptionError('counts', counts, "'payload', 'itself', 'frame' or a whole number")
  }
  const before = bytesOrSize('offset', options.offset)
  const behind = typeof options.trailer === 'function' ? undefined : bytesOrSize('trailer', options.trailer)
  const after = options.after ?? 0
  if (typeof after === 'number') sizeWithin('after', after)
  const given = [options.escape, options.signals, options.offset, options.after, options.counts, options.trailer]
  return {
    field,
    escapes: escapes === undefined ? undefined : new Map(escapes),
    signals: signals === undefined ? undefined : new Map(signals),
    offset: before.size,
    constant: before.bytes,
    after,
    counts,
    trailer: behind === undefined ? (options.trailer as FromHeader<number>) : behind.size,
    trailerMark: behind?.bytes,
    plain:
      (field.size > 0 || (options.prefix ?? 'varint') === 'varint') &&
      // Bits beside the number must be written, too.
      (options.bits ?? field.size * 8) === field.size * 8 &&
      given.every((one) => one === undefined || one === 0 || one === 'payload')
  }
}

/** The largest payload, or frame with its header, that a layout can say, in bytes. */
export function largestPayload(layout: Layout, keep: boolean): number {
  const { field, escapes, offset, after, counts, trailer } = layout
  const [behind, trail] = [after, trailer].map((size) => (typeof size === 'number' ? size : 0)) as [number, number]
  const around = behind + trail
  const width = field.size > 0 || field.largest === Number.MAX_SAFE_INTEGER ? field.size : field.sizeOf(field.largest)
  const sizes = [{ number: field.largest, width }]
  for (const wide of escapes?.values() ?? []) sizes.push({ number: wide.largest, width: field.least + wide.size })
  const payloads = sizes.map(({ number, width }) => {
    const header = keep ? offset + width + behind : 0
    if (counts === 'payload') return number + header
    if (counts === 'itself') return number - width - around + header
    return header + number - (counts === 'frame' ? offset + width + around : around - counts)
  })
  return Math.max(0, Math.min(Math.max(...payloads), Number.MAX_SAFE_INTEGER))
}

function fieldOf(options: LayoutOptions): LengthField {
  const { prefix = 'varint', endian = 'big', signed = false, maxVarintBytes = varintBytes } = options
  if (endian !== 'big' && endian !== 'little') throw new InvalidOptionError('endian', endian, "'big' or 'little'")
  if (prefix === 'varint') {
    wholeNumber('maxVarintBytes', maxVarintBytes)
    if (maxVarintBytes > 10) throw new InvalidOptionError('maxVarintBytes', maxVarintBytes, 'at most 10')
    return varintField(maxVarintBytes, options.name)
  }
  if (typeof prefix === 'object' && prefix !== null) {
    if ('ascii' in prefix) return asciiField({ minus: signed, ...prefix }, options.name)
    return 'decode' in prefix ? pluggedField(prefix, options.name) : textField(prefix, options.name)
  }
  if (![1, 2, 3, 4, 5, 6, 7, 8].includes(prefix)) {
    throw new InvalidOptionError('prefix', prefix, "1 to 8, 'varint', or how a text says it")
  }
  const bits = wholeNumber('bits', options.bits ?? prefix * 8)
  if (bits > prefix * 8) throw new InvalidOptionError('bits', bits, `at most ${prefix * 8}, as the number has`)
  return fixedField(prefix, { endian, signed, bits })
}

function escapeField({ endian = 'big' }: LayoutOptions, size: number): LengthField {
  if (!Number.isInteger(size) || size < 1 || size > 8) throw new InvalidOptionError('escape', size, '1 to 8 bytes')
  return fixedField(size, { endian, signed: false, bits: size * 8 })
}

function numbered<V>(
  option: string,
  { smallest, largest }: LengthField,
  record: Readonly<Record<string, V>> | undefined
): [number, V][] | undefined {
  if (record === undefined) return undefined
  return Object.entries(record).map(([key, value]) => {
    const number = Number(key)
    if (!Number.isSafeInteger(number) || number < smallest || number > largest) {
      throw new InvalidOptionError(option, key, `keys that the number can say: ${smallest} to ${largest}`)
    }
    return [number, value]
  })
}

function bytesOrSize(
  option: string,
  given: number | string | Uint8Array | undefined
): { size: number; bytes: Uint8Array | undefined } {
  if (given === undefined) return { size: 0, bytes: undefined }
  if (typeof given === 'number') return { size: sizeWithin(option, given), bytes: undefined }
  const bytes = bytesOfMark(option, given)
  return { size: bytes.byteLength, bytes }
}

function sizeWithin(option: string, size: number): number {
  wholeNumber(option, size, 0)
  if (size > limits.delimitedBytes) throw new InvalidOptionError(option, size, `at most ${limits.delimitedBytes} bytes`)
  return size
}
