/**
 * Mutants that give the right frames at the wrong price: work that grows with the square, memory for what was only
 * announced, a large buffer kept for a few bytes.
 */

import { join } from '../../../lib/laws/bytes.ts'
import type { Codec, Decoder } from '../../../lib/types.ts'
import { cutOffError } from '../models/machine.ts'
import { type Bytes, brokenDelimiter, brokenLength, type Mutant, withDecoder, withEncoder } from './mutant.ts'

/** How bytes are kept, searched, and what is behind a frame; in this the mutants differ. */
interface Road {
  add(held: Bytes, chunk: Bytes): Bytes
  find(held: Bytes, mark: number): number
  behind(held: Bytes, from: number): Bytes
}

/** A one-byte delimiter, stripped. */
function lines(codec: Codec<Bytes>, mark: number, { add, find, behind }: Road): Codec<Bytes> {
  const decoder = (): Decoder<Bytes> => {
    let held: Bytes = new Uint8Array(0)
    return {
      push: (batch, out) => {
        for (const chunk of batch) {
          held = add(held, chunk)
          for (let found = find(held, mark); found !== -1; found = find(held, mark)) {
            out.push(held.slice(0, found))
            held = behind(held, found + 1)
          }
        }
        return undefined
      },
      end: () => {
        if (held.length > 0) throw cutOffError('delimiter', 'payload', [...held])
      },
      held: () => held.length,
      rest: () => []
    }
  }
  return { ...codec, decoder }
}

const brokenLines = (road: Partial<Road>) =>
  brokenDelimiter(
    (codec, { mark }) => lines(codec, mark[0]!, { add: joined, find: native, behind: view, ...road }),
    '\n'
  )
const joined = (held: Bytes, chunk: Bytes): Bytes => join([held, chunk])
const view = (held: Bytes, from: number): Bytes => held.subarray(from)
const native = (bytes: Bytes, mark: number): number => bytes.indexOf(mark)
const loop = (bytes: Bytes, mark: number): number => {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === mark) return at
  return -1
}

export const work: readonly Mutant[] = [
  {
    fault: 'every push searches what is left of the bytes again',
    rival: 'netty#759, twisted#6357, split2, binary-split, vscode-jsonrpc',
    subject: brokenDelimiter((codec, { mark }) =>
      withDecoder(codec, (decoder) => {
        let held: Bytes = new Uint8Array(0)
        return {
          push: (batch, out) => {
            const answer = decoder.push(batch, out)
            const all = join([held, ...batch])
            all.indexOf(mark[0]!)
            held = all.slice(all.length - decoder.held())
            return answer
          }
        }
      })
    ),
    foundBy: ['bigFrameWork']
  },
  {
    fault: 'every push joins all that is held, and searches it again: in native code',
    subject: brokenLines({}),
    foundBy: ['bigFrameWork']
  },
  {
    fault: 'every push searches all that is held again: in a loop over the bytes',
    subject: brokenLines({ add: doubling, find: loop }),
    foundBy: ['bigFrameWork']
  },
  {
    fault: 'every frame of a chunk copies what is behind it',
    subject: brokenLines({ behind: (held, from) => held.slice(from) }),
    foundBy: ['manyFramesWork']
  },
  {
    fault: 'every push counts the pieces again',
    rival: 'connect-es',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => {
        const sizes: number[] = []
        return {
          push: (batch, out) => {
            sizes.push(...batch.map((chunk) => chunk.length))
            if (sizes.reduce((sum, size) => sum + size, 0) < 0) throw new Error('unreachable')
            return decoder.push(batch, out)
          }
        }
      })
    ),
    foundBy: ['bigFrameWork']
  },
  {
    fault: 'every push spreads the pieces into a new list',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => {
        let pieces: Bytes[] = []
        return {
          push: (batch, out) => {
            for (const chunk of batch) pieces = [...pieces, chunk]
            return decoder.push(batch, out)
          }
        }
      })
    ),
    foundBy: ['bigFrameWork']
  },
  {
    fault: 'the encoder joins all it has written again for every frame',
    subject: brokenLength((codec) =>
      withEncoder(codec, (encoder) => ({
        push: (frames, out) => {
          let all = new Uint8Array(0)
          for (const frame of frames) {
            const one: Bytes[] = []
            encoder.push([frame], one)
            all = join([all, ...one]) as Uint8Array<ArrayBuffer>
          }
          if (all.length > 0) out.push(all)
        }
      }))
    ),
    foundBy: ['encoderWork']
  },
  {
    fault: 'one chunk is written for each frame',
    subject: brokenLength((codec) =>
      withEncoder(codec, (encoder) => ({
        push: (frames, out) => {
          for (const frame of frames) encoder.push([frame], out)
        }
      }))
    ),
    foundBy: ['packs']
  },
  {
    fault: 'the size that a header announces is allocated at once',
    rival: 'framed-stream, tokio#333',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => {
        let room = new Uint8Array(0)
        return {
          push: (batch, out) => {
            const bytes = join([...batch])
            if (decoder.held() === 0 && bytes.length >= 4)
              room = new Uint8Array(new DataView(bytes.buffer).getUint32(0))
            return room.length === -1 ? undefined : decoder.push(batch, out)
          }
        }
      })
    ),
    foundBy: ['announced']
  },
  {
    fault: 'what is left of a chunk is kept as a view of it',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => {
        const kept: Bytes[] = []
        return {
          push: (batch, out) => {
            kept.splice(0, kept.length, ...batch.map((chunk) => chunk.subarray(chunk.length)))
            return decoder.push(batch, out)
          },
          held: () => decoder.held() + 0 * kept.length
        }
      })
    ),
    foundBy: ['pinsNothing']
  },
  {
    fault: 'large pieces are copied again with every chunk',
    subject: brokenLines({}),
    foundBy: ['bigChunksByReference']
  }
]

/** Appends in place where the buffer has room, else in a new one of twice the size: the keeping is not the fault. */
function doubling(held: Bytes, chunk: Bytes): Bytes {
  const size = held.length + chunk.length
  let buffer = held.buffer
  let start = held.byteOffset
  if (start + size > buffer.byteLength) {
    const room = new Uint8Array(2 * size)
    room.set(held)
    buffer = room.buffer
    start = 0
  }
  const longer = new Uint8Array(buffer, start, size)
  longer.set(chunk, held.length)
  return longer
}
