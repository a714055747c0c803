/**
 * Chunked: a message is any number of blocks, each with its length in 4 bytes (big endian) in front; a length of zero
 * ends the message.
 *
 *   chunked()   00 00 00 03 61 62 63 | 00 00 00 02 64 65 | 00 00 00 00      frame: abcde
 *
 * The sender need not know how long its message becomes, and the receiver still knows a whole one from a cut one.
 */
import { FrameOverLimitError, FrameTooLargeError, InvalidOptionError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Codec } from '../types.ts'
import { FrameDecoder, type Framer, partialBytes } from './frame-decoder.ts'
import { frameEncoder } from './frame-encoder.ts'
import { HeldBytes } from './held-bytes.ts'
import { fixedPrefix } from './length-prefix.ts'

export interface ChunkedOptions {
  /** The largest message in bytes (16 MiB). */
  maxBytes?: number
  /** The largest block taken in, in bytes (1 MiB). */
  maxBlockBytes?: number
  /** The most blocks of one message (65,536). */
  maxBlocks?: number
  /** Bytes of the blocks sent (64 KiB, or `maxBlockBytes` where that is less). */
  blockBytes?: number
}

interface ChunkedLimits {
  maxBytes: number
  maxBlockBytes: number
  maxBlocks: number
}

const name = 'chunked'
const prefix = fixedPrefix(4, 'big', false)

/**
 * Messages of blocks; a frame is the whole message, joined.
 *
 * Decoding throws `FrameTooLargeError` and `UnexpectedEndError`; encoding throws `FrameOverLimitError`.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(chunked()), map(reverse), encode(chunked()), peer)
 */
export function chunked(options: ChunkedOptions = {}): Codec<Uint8Array> {
  const { maxBytes = limits.messageBytes, maxBlocks = limits.messageBlocks } = options
  const maxBlockBytes = Math.min(options.maxBlockBytes ?? limits.frameBytes, prefix.largest)
  const blockBytes = options.blockBytes ?? Math.min(64 * 1024, maxBlockBytes)
  wholeNumber('maxBytes', maxBytes)
  wholeNumber('maxBlocks', maxBlocks)
  wholeNumber('maxBlockBytes', maxBlockBytes)
  wholeNumber('blockBytes', blockBytes)
  if (blockBytes > maxBlockBytes)
    throw new InvalidOptionError('blockBytes', blockBytes, `at most ${maxBlockBytes}, as maxBlockBytes`)
  return {
    name,
    decoder: (run) => new FrameDecoder(new ChunkedFramer({ maxBytes, maxBlockBytes, maxBlocks }), run),
    encoder: () =>
      frameEncoder((message: Uint8Array, packer) => {
        const size = message.byteLength
        const blocks = Math.ceil(size / blockBytes)
        if (size > maxBytes) throw new FrameOverLimitError(name, size, maxBytes)
        if (blocks > maxBlocks) throw new FrameOverLimitError(name, blocks, maxBlocks, 'blocks')
        for (let at = 0; at < size; at += blockBytes) {
          const block = message.subarray(at, at + blockBytes)
          packer.header(4, (into, where) => prefix.write(block.byteLength, into, where))
          packer.bytes(block)
        }
        packer.header(4, (into, where) => into.fill(0, where, where + 4))
      })
  }
}

/** Takes block by block, and keeps the blocks of the message until its end. */
class ChunkedFramer implements Framer<Uint8Array> {
  readonly name = name
  need = 4
  readonly #limits: ChunkedLimits
  #message = new HeldBytes()
  #blocks = 0
  /** The first bytes of the message as they came, for the error in case that it is cut. */
  #beginning = new HeldBytes()

  constructor(limits: ChunkedLimits) {
    this.#limits = limits
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { buffer, byteOffset } = bytes
    const sole = Math.min(this.#limits.maxBytes, this.#limits.maxBlockBytes)
    const read = prefix.read
    for (let taken = 0; taken < most; ) {
      const start = at + 4
      if (start > end) break
      const size = read(bytes, at)
      const next = start + size
      if (this.#blocks === 0 && size > 0 && size <= sole && next + 4 <= end && read(bytes, next) === 0) {
        // The commonest message by far, one block and its end in one chunk, is a view like any other frame.
        out.push(new Uint8Array(buffer, byteOffset + start, size))
        taken++
        at = next + 4
        continue
      }
      if (size > 0) this.#check(size)
      if (next > end) {
        this.need = 4 + size
        return at
      }
      if (size > 0) this.#keep(bytes, at, next)
      else {
        out.push(this.#end())
        taken++
      }
      at = next
    }
    this.need = 4
    return at
  }

  kept(): number {
    return this.#message.length + 4 * this.#blocks
  }

  beginning(): Uint8Array {
    return this.#beginning.join()
  }

  truncated(held: number): ReturnType<Framer<Uint8Array>['truncated']> {
    return { phase: held < 4 ? 'header' : 'payload', had: held + this.kept() }
  }

  #keep(bytes: Uint8Array, at: number, next: number): void {
    this.#message.append(bytes.subarray(at + 4, next))
    this.#blocks++
    const shown = Math.min(next - at, partialBytes - this.#beginning.length)
    if (shown > 0) this.#beginning.append(bytes.subarray(at, at + shown))
  }

  #check(size: number): void {
    const { maxBytes, maxBlockBytes, maxBlocks } = this.#limits
    if (size > maxBlockBytes) throw new FrameTooLargeError(`${name} block`, size, maxBlockBytes)
    const whole = this.#message.length + size
    if (whole > maxBytes) throw new FrameTooLargeError(name, whole, maxBytes)
    if (this.#blocks === maxBlocks) throw new FrameTooLargeError(name, maxBlocks + 1, maxBlocks, 'blocks')
  }

  #end(): Uint8Array {
    const message = this.#message.join()
    this.#message = new HeldBytes()
    this.#beginning = new HeldBytes()
    this.#blocks = 0
    return message
  }
}
