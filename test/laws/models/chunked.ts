/**
 * The chunked framing, naive: blocks of a 4-byte length and data, a block of length 0 ends the message.
 */
import { FrameOverLimitError, FrameTooLargeError } from '../../../lib/errors.ts'
import { join } from '../../../lib/laws/bytes.ts'
import type { Codec } from '../../../lib/types.ts'
import { cutOffError, type Found, type Machine, naive } from './machine.ts'

export interface ChunkedModel {
  maxBytes: number
  maxBlockBytes: number
  maxBlocks: number
  blockBytes: number
}

const name = 'chunked'

export function naiveChunked({ maxBytes, maxBlockBytes, maxBlocks, blockBytes }: ChunkedModel): Codec<Uint8Array> {
  const machine = (): Machine<Uint8Array> => {
    let wire: number[] = []
    let data: number[] = []
    let header: number[] = []
    let blocks = 0
    let left = 0
    const endOfHeader = (): Found<Uint8Array> => {
      const size = header.reduce((sum, byte) => sum * 256 + byte, 0)
      header = []
      if (size === 0) {
        const frame = Uint8Array.from(data)
        wire = []
        data = []
        blocks = 0
        return { frame }
      }
      blocks += 1
      if (size > maxBlockBytes) throw new FrameTooLargeError(name, size, maxBlockBytes)
      if (data.length + size > maxBytes) throw new FrameTooLargeError(name, data.length + size, maxBytes)
      if (blocks > maxBlocks) throw new FrameTooLargeError(name, blocks, maxBlocks, 'blocks')
      left = size
      return undefined
    }
    return {
      byte: (value) => {
        wire.push(value)
        if (left > 0) {
          data.push(value)
          left -= 1
          return undefined
        }
        header.push(value)
        return header.length < 4 ? undefined : endOfHeader()
      },
      end: () => {
        if (wire.length === 0) return undefined
        if (left > 0) throw cutOffError(name, 'payload', wire)
        throw cutOffError(name, 'header', wire)
      },
      held: () => wire.length
    }
  }
  const write = (frame: Uint8Array): Uint8Array => {
    if (frame.length > maxBytes) throw new FrameOverLimitError(name, frame.length, maxBytes)
    const blocks = Math.ceil(frame.length / blockBytes)
    if (blocks > maxBlocks) throw new FrameOverLimitError(name, blocks, maxBlocks, 'blocks')
    const parts: Uint8Array[] = []
    for (let at = 0; at < frame.length; at += blockBytes) {
      const block = frame.subarray(at, at + blockBytes)
      parts.push(bigEndian(block.length), block)
    }
    return join([...parts, bigEndian(0)])
  }
  return naive({ name, machine, writer: () => write })
}

function bigEndian(size: number): Uint8Array {
  return Uint8Array.of(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255)
}
