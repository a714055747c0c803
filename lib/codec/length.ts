/**
 * Length: a number in front of every frame says how many bytes it has.
 *
 *   length({ prefix: 4 })   00 00 00 05 68 65 6c 6c 6f
 *   length()                05 68 65 6c 6c 6f             (varint, the bytes of it-length-prefixed)
 *
 * The number is checked before a byte of the frame is stored, and memory follows the bytes that came, never the number.
 * A varint written with more bytes than it needs is read for what it says; the next frame begins behind what was read.
 */
import { FrameOverLimitError, FrameTooLargeError, InvalidOptionError, MalformedFrameError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Codec } from '../types.ts'
import { FrameDecoder, type Framer } from './frame-decoder.ts'
import { frameEncoder } from './frame-encoder.ts'
import { fixedPrefix, fixedSizes, type LengthPrefix, varintBytes, varintPrefix, varintSize } from './length-prefix.ts'

export interface LengthOptions {
  /** Bytes of the number, or `varint` (the default). */
  prefix?: 'varint' | 1 | 2 | 3 | 4 | 6 | 8
  /** Order of its bytes (`big`). */
  endian?: 'big' | 'little'
  /** Whether its highest bit is a sign; a negative length is refused (false). */
  signed?: boolean
  /** The largest payload in bytes (1 MiB), never more than the number can say. */
  maxBytes?: number
}

/**
 * Frames with their length in front.
 *
 * Decoding throws `FrameTooLargeError`, `MalformedFrameError` (a negative length, an endless varint) and
 * `UnexpectedEndError`; encoding throws `FrameOverLimitError`.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(length({ prefix: 2 })), map(answerQuery), encode(length({ prefix: 2 })), peer)
 */
export function length(options: LengthOptions = {}): Codec<Uint8Array> {
  const { prefix: kind = 'varint', endian = 'big', signed = false, maxBytes = limits.frameBytes } = options
  wholeNumber('maxBytes', maxBytes)
  if (kind !== 'varint' && !fixedSizes.includes(kind)) {
    throw new InvalidOptionError('prefix', kind, "1, 2, 3, 4, 6, 8 or 'varint'")
  }
  if (endian !== 'big' && endian !== 'little') throw new InvalidOptionError('endian', endian, "'big' or 'little'")
  const prefix = kind === 'varint' ? varintPrefix : fixedPrefix(kind, endian, signed)
  const limit = Math.min(maxBytes, prefix.largest)
  const name = `length(${prefix.name})`
  return {
    name,
    decoder: (run) =>
      new FrameDecoder(prefix.size > 0 ? new LengthFramer(name, prefix, limit) : new VarintFramer(name, limit), run),
    encoder: () =>
      frameEncoder((frame: Uint8Array, packer) => {
        const size = frame.byteLength
        if (size > limit) throw new FrameOverLimitError(name, size, limit)
        packer.header(prefix.size || varintSize(size), (into, at) => prefix.write(size, into, at))
        packer.bytes(frame)
      })
  }
}

class LengthFramer implements Framer<Uint8Array> {
  readonly name: string
  need: number
  readonly #prefix: LengthPrefix
  readonly #limit: number

  constructor(name: string, prefix: LengthPrefix, limit: number) {
    this.name = name
    this.#prefix = prefix
    this.#limit = limit
    this.need = prefix.size
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { buffer, byteOffset } = bytes
    const { size, read } = this.#prefix
    const limit = this.#limit
    for (let taken = 0; taken < most; taken++) {
      const start = at + size
      if (start > end) break
      const length = read(bytes, at)
      if (length > limit) throw new FrameTooLargeError(this.name, length, limit)
      const next = start + length
      if (next > end) {
        this.need = size + length
        return at
      }
      out.push(new Uint8Array(buffer, byteOffset + start, length))
      at = next
    }
    this.need = size
    return at
  }

  truncated(held: number): ReturnType<Framer<Uint8Array>['truncated']> {
    return { phase: held < this.#prefix.size ? 'header' : 'payload', had: held, needed: this.need }
  }
}

class VarintFramer implements Framer<Uint8Array> {
  readonly name: string
  need = 1
  readonly #limit: number
  #header = true

  constructor(name: string, limit: number) {
    this.name = name
    this.#limit = limit
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { buffer, byteOffset } = bytes
    const limit = this.#limit
    for (let taken = 0; taken < most && at < end; taken++) {
      let start = at
      let length = bytes[start++] as number
      if (length >= 0x80) {
        start = this.#behind(bytes, at, end)
        if (start < 0) {
          this.#header = true
          this.need = end - at + 1
          return at
        }
        length = varintPrefix.read(bytes, at)
      }
      if (length > limit) throw new FrameTooLargeError(this.name, length, limit)
      const next = start + length
      if (next > end) {
        this.#header = false
        this.need = next - at
        return at
      }
      out.push(new Uint8Array(buffer, byteOffset + start, length))
      at = next
    }
    this.#header = true
    this.need = 1
    return at
  }

  truncated(held: number): ReturnType<Framer<Uint8Array>['truncated']> {
    if (this.#header) return { phase: 'header', had: held }
    return { phase: 'payload', had: held, needed: this.need }
  }

  /** The index behind the varint at `at`, or -1 where its last byte is not there yet. */
  #behind(bytes: Uint8Array, at: number, end: number): number {
    const last = Math.min(end, at + varintBytes)
    for (let index = at; index < last; index++) if ((bytes[index] as number) < 0x80) return index + 1
    if (last < at + varintBytes) return -1
    throw new MalformedFrameError(this.name, `a varint of more than ${varintBytes} bytes is no length`)
  }
}
