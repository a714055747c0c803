/**
 * Mutants that lose bytes, frames or faults.
 */

import { join } from '../../../lib/laws/bytes.ts'
import { DONE } from '../../../lib/symbols.ts'
import {
  type Bytes,
  brokenDelimiter,
  brokenFixed,
  brokenLength,
  brokenStream,
  type Mutant,
  withDecoder,
  withEncoder
} from './mutant.ts'

export const lost: Mutant[] = [
  {
    fault: 'the last frame, which ends with the stream, is lost',
    subject: brokenStream((codec) => withDecoder(codec, () => ({ end: () => {} }))),
    foundBy: ['roundTrip', 'endIsTheFrame']
  },
  {
    fault: 'a frame waits for the first byte behind it',
    subject: brokenDelimiter((codec) =>
      withDecoder(codec, (decoder) => {
        const waiting: Bytes[] = []
        return {
          push: (batch, out) => {
            if (batch.some((chunk) => chunk.length > 0)) out.push(...waiting.splice(0))
            return decoder.push(batch, waiting)
          },
          end: (out) => {
            out.push(...waiting.splice(0))
            decoder.end?.(out)
          }
        }
      })
    ),
    foundBy: ['prompt', 'doneAtOnce']
  },
  {
    fault: 'what a push leaves over is lost',
    rival: 'it-byte-stream, futures-codec',
    subject: brokenFixed((codec) =>
      withDecoder(codec, () => ({ push: (batch, out) => codec.decoder().push(batch, out) }))
    ),
    foundBy: ['everyCut', 'randomCuts', 'truncation']
  },
  {
    fault: 'empty frames are dropped',
    rival: 'length-prefixed-stream, @libp2p/utils',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          const all: Bytes[] = []
          const answer = decoder.push(batch, all)
          out.push(...all.filter((frame) => frame.length > 0))
          return answer
        }
      }))
    ),
    foundBy: ['roundTrip']
  },
  {
    fault: 'a header and then the end of the stream is taken for a clean end',
    rival: 'it-length-prefixed, tokio, SwiftNIO Extras, connect-es',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({ end: (out) => (decoder.held() === 4 ? undefined : decoder.end?.(out)) }))
    ),
    foundBy: ['truncation']
  },
  {
    fault: 'a frame that is cut off is given out as if it were whole',
    rival: 'Vert.x, @serialport/parser-byte-length',
    subject: brokenFixed((codec) => {
      const seen: Bytes[] = []
      return withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          seen.push(...batch)
          return decoder.push(batch, out)
        },
        end: (out) => {
          const all = join(seen.splice(0))
          if (decoder.held() > 0) out.push(all.slice(all.length - decoder.held()))
        }
      }))
    }),
    foundBy: ['truncation']
  },
  {
    fault: 'a fault swallows the good frames of its push',
    rival: 'netty JsonObjectDecoder',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          const all: Bytes[] = []
          const answer = decoder.push(batch, all)
          out.push(...all)
          return answer
        }
      }))
    ),
    foundBy: ['goodFramesFirst', 'damagedCuts']
  },
  {
    fault: 'an encoder that refuses a frame swallows the good ones of its push',
    subject: brokenDelimiter((codec) =>
      withEncoder(codec, (encoder) => ({
        push: (frames, out) => {
          const chunks: Bytes[] = []
          encoder.push(frames, chunks)
          out.push(...chunks)
        }
      }))
    ),
    foundBy: ['goodFramesWritten']
  },
  {
    fault: 'rest() forgets the chunks of the batch behind the one that was DONE',
    subject: brokenFixed((codec) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          for (const chunk of batch) if (decoder.push([chunk], out) === DONE) return DONE
          return undefined
        }
      }))
    ),
    foundBy: ['restIsAllOfIt', 'restAtEveryCut']
  },
  {
    fault: 'rest() looks into the borrowed batch instead of keeping its chunks',
    subject: brokenFixed((codec) =>
      withDecoder(codec, (decoder) => {
        let borrowed: readonly Bytes[] = []
        let read = 0
        return {
          push: (batch, out) => {
            borrowed = batch
            for (read = 1; read <= batch.length; read += 1) {
              if (decoder.push([batch[read - 1]!], out) === DONE) return DONE
            }
            return undefined
          },
          rest: () => [...decoder.rest(), ...borrowed.slice(read)]
        }
      })
    ),
    foundBy: ['restIsAllOfIt', 'restAtEveryCut']
  },
  {
    fault: 'where the end is the frame, a second frame is written behind the first',
    subject: brokenStream((codec) =>
      withEncoder(codec, () => ({
        push: (frames, out) => {
          for (const frame of frames) codec.encoder().push([frame], out)
        }
      }))
    ),
    foundBy: ['oneFrameOnly']
  },
  {
    fault: 'the encoder of a fixed size takes any size',
    subject: brokenFixed((codec) =>
      withEncoder(codec, () => ({ push: (frames, out) => void out.push(join([...frames])) }))
    ),
    foundBy: ['goodFramesWritten', 'refusesOrKeeps']
  }
]
