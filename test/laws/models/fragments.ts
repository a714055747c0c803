/**
 * Messages of blocks, naive: byte by byte, each block as the naive length framing reads it.
 */
import { FrameOverLimitError, FrameTooLargeError, MalformedFrameError } from '../../../lib/errors.ts'
import type { FragmentOptions, LayoutOptions, LengthOptions } from '../../../lib/index.ts'
import { join } from '../../../lib/laws/bytes.ts'
import type { Codec } from '../../../lib/types.ts'
import { type Head, headBytes, headReader, trailerBytes, verifyTrailer } from './layout.ts'
import { cutOffError, type Found, type Machine, naive } from './machine.ts'
import { numberOf } from './numbers.ts'

type Limits = Required<Pick<FragmentOptions, 'maxBlockBytes' | 'maxBlocks' | 'blockBytes'>>
export type FragmentModel = Omit<LengthOptions, 'fragments'> & {
  maxBytes: number
  fragments: FragmentOptions & Limits
}

const name = 'length'
const lineEnd = Uint8Array.of(0x0d, 0x0a)

export function naiveFragments(options: FragmentModel): Codec<Uint8Array> {
  const { maxBytes, fragments } = options
  const { maxBlockBytes, maxBlocks, trailerLines = false } = fragments
  const read = endReader(options)
  const machine = (): Machine<Uint8Array> => {
    let wire: number[] = []
    let block: number[] = []
    let data: number[] = []
    let lines: number[] | undefined
    let blocks = 0
    const message = (): Found<Uint8Array> => {
      const frame = Uint8Array.from(data)
      wire = []
      data = []
      lines = undefined
      blocks = 0
      return { frame }
    }
    const allow = ({ payload }: Head, end: boolean): void => {
      if (payload > maxBlockBytes) throw new FrameTooLargeError(name, payload, maxBlockBytes)
      if (data.length + payload > maxBytes) throw new FrameTooLargeError(name, data.length + payload, maxBytes)
      if (!end && blocks >= maxBlocks) throw new FrameTooLargeError(name, blocks + 1, maxBlocks, 'blocks')
    }
    return {
      byte: (value) => {
        wire.push(value)
        if (lines !== undefined) return trailerLine(lines, value) ? message() : undefined
        block.push(value)
        const { head } = read(block)
        if (head === undefined) return undefined
        const last = isLast(options, block, head)
        const end = fragments.last === 'zero' && last
        allow(head, end)
        if (end && trailerLines) {
          block = []
          lines = []
          return undefined
        }
        if (block.length < head.payloadAt + head.payload + head.trailer) return undefined
        verifyTrailer(options, block, head)
        data.push(...block.slice(head.payloadAt, head.payloadAt + head.payload))
        block = []
        blocks += 1
        return last ? message() : undefined
      },
      end: () => {
        if (wire.length === 0) return undefined
        const inHeader = block.length === 0 || read(block).head === undefined
        throw cutOffError(name, lines !== undefined ? 'trailer' : inHeader ? 'header' : 'payload', wire)
      },
      held: () => wire.length
    }
  }
  return naive({ name, machine, writer: () => (frame) => write(options, frame) })
}

/** Where the length counts more than the payload, no block has the number 0: it ends the message, and that is all. */
const bareEnd = ({ counts = 'payload', fragments }: FragmentModel): boolean =>
  fragments.last === 'zero' && (counts === 'itself' || counts === 'frame')

function endReader(options: FragmentModel): ReturnType<typeof headReader> {
  return headReader(bareEnd(options) ? { ...options, signals: { 0: 'end' } } : options)
}

function isLast({ fragments, bits, endian = 'big', ...options }: FragmentModel, bytes: number[], head: Head): boolean {
  const { last } = fragments
  if (last === 'zero') return head.value === 0
  if (typeof last === 'object') return last.read(Uint8Array.from(bytes), 0, head.behind)
  const { size } = numberOf(options as LayoutOptions)
  const number = bytes.slice(head.behind - size!, head.behind)
  if (endian === 'little') number.reverse()
  const all = number.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  return ((all >> BigInt(bits!)) & 1n) === (last === 'last-bit' ? 1n : 0n)
}

/** Adds a byte; true with the end of the empty line. */
function trailerLine(lines: number[], value: number): boolean {
  lines.push(value)
  if (lines.length > 4096) throw new MalformedFrameError(name, 'too many trailers')
  if (value !== 0x0a) return false
  const text = String.fromCharCode(...lines)
  if (!/^([^\r\n]*\r\n)+$/.test(text)) throw new MalformedFrameError(name, 'a lone CR or LF')
  return text === '\r\n' || text.endsWith('\r\n\r\n')
}

function write(options: FragmentModel, frame: Uint8Array): Uint8Array {
  const { maxBytes, fragments } = options
  const { last, blockBytes, maxBlocks, trailerLines = false } = fragments
  if (frame.length > maxBytes) throw new FrameOverLimitError(name, frame.length, maxBytes)
  const blocks: Uint8Array[] = []
  for (let at = 0; at < frame.length; at += blockBytes) blocks.push(frame.subarray(at, at + blockBytes))
  if (last !== 'zero' && blocks.length === 0) blocks.push(frame)
  if (blocks.length > maxBlocks) throw new FrameOverLimitError(name, blocks.length, maxBlocks, 'blocks')
  const parts = blocks.flatMap((block, index) => {
    const head = Uint8Array.from(headBytes(options, block.length))
    mark(options, head, index === blocks.length - 1)
    return [head, block, trailerBytes(options)]
  })
  if (last !== 'zero') return join(parts)
  if (bareEnd(options)) return join([...parts, Uint8Array.from(numberOf(options).write(0)!)])
  return join([...parts, Uint8Array.from(headBytes(options, 0)), trailerLines ? lineEnd : trailerBytes(options)])
}

/** Sets the bit above the number, or what the functions set. */
function mark({ fragments, prefix, bits, endian = 'big' }: FragmentModel, head: Uint8Array, isLast: boolean): void {
  const { last } = fragments
  if (typeof last === 'object') last.write(isLast, head, 0, head.length)
  if (last !== 'last-bit' && last !== 'more-bit') return
  if (isLast !== (last === 'last-bit')) return
  const index =
    head.length - (endian === 'big' ? Math.floor(bits! / 8) + 1 : (prefix as number) - Math.floor(bits! / 8))
  head[index] = head[index]! | (1 << (bits! % 8))
}
