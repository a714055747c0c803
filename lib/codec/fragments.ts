/**
 * Messages of fragments: any number of blocks, each with a length of its own, joined to one frame. What tells the last
 * block is a length of zero behind it, a bit in its header, or whatever the protocol has.
 */
import { InvalidOptionError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import { type FromHeader, type Layout, type LayoutOptions, largestPayload } from './length-layout.ts'

/** How a block says that it is the last. */
export interface LastBlock {
  read: FromHeader<boolean>
  write(last: boolean, into: Uint8Array, at: number, behind: number): void
}

export interface FragmentOptions {
  /**
   * What ends a message: a block of length `zero`; a bit of the last block, the lowest one that is no part of the length
   * (`last-bit`), or its absence (`more-bit`); or functions that read and write it.
   */
  last: 'zero' | 'last-bit' | 'more-bit' | LastBlock
  /** The largest block taken in, in bytes (1 MiB). */
  maxBlockBytes?: number
  /** The most blocks of one message (65,536). */
  maxBlocks?: number
  /** Bytes of the blocks sent (64 KiB, or `maxBlockBytes` where that is less). */
  blockBytes?: number
  /** Whether lines stand behind the last block, up to an empty one (HTTP's trailers; they are dropped) (false). */
  trailerLines?: boolean
}

/** The same, worked out once. */
export interface Fragments {
  /** Undefined where a block of length zero ends the message. */
  readonly last: LastBlock | undefined
  readonly maxBlockBytes: number
  readonly maxBlocks: number
  readonly blockBytes: number
  readonly trailerLines: boolean
}

/** @throws InvalidOptionError */
export function fragmentsOf(
  options: FragmentOptions,
  layout: Layout,
  { prefix, endian, bits, signals }: LayoutOptions
): Fragments {
  const { last, maxBlocks = limits.messageBlocks, trailerLines = false } = options
  const maxBlockBytes = Math.min(options.maxBlockBytes ?? limits.frameBytes, largestPayload(layout, false))
  const blockBytes = options.blockBytes ?? Math.min(64 * 1024, maxBlockBytes)
  wholeNumber('maxBlocks', maxBlocks)
  wholeNumber('maxBlockBytes', maxBlockBytes)
  wholeNumber('blockBytes', blockBytes)
  if (blockBytes > maxBlockBytes)
    throw new InvalidOptionError('blockBytes', blockBytes, `at most ${maxBlockBytes}, as maxBlockBytes`)
  if (signals !== undefined)
    throw new InvalidOptionError('signals', Object.keys(signals).join(), 'none: fragments are joined')
  if (trailerLines && last !== 'zero')
    throw new InvalidOptionError('trailerLines', true, "false, unless `last` is 'zero'")
  const shared = { maxBlockBytes, maxBlocks, blockBytes, trailerLines }
  if (typeof last === 'object') return { last, ...shared }
  if (last === 'zero') return { last: undefined, ...shared }
  if (last !== 'last-bit' && last !== 'more-bit') {
    throw new InvalidOptionError('last', last, "'zero', 'last-bit', 'more-bit' or functions")
  }
  if (typeof prefix !== 'number' || bits === undefined || bits >= prefix * 8) {
    throw new InvalidOptionError('bits', bits, `fewer than the number has, so that one is left for '${last}'`)
  }
  return { last: bitAbove(bits, prefix, endian !== 'little', layout.offset, last === 'last-bit'), ...shared }
}

/** The bit above the length, set in the last block or in all others. */
function bitAbove(bits: number, size: number, big: boolean, offset: number, setInLast: boolean): LastBlock {
  const place = Math.floor(bits / 8)
  const index = offset + (big ? size - 1 - place : place)
  const mask = 1 << (bits % 8)
  return {
    read: (bytes, at) => (((bytes[at + index] as number) & mask) !== 0) === setInLast,
    write(last, into, at) {
      if (last === setInLast) into[at + index] = (into[at + index] as number) | mask
    }
  }
}
