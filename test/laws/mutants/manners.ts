/**
 * Mutants that give the right frames and break another promise: whose bytes are whose, what a fault is, what is refused.
 */
import { FrameOverLimitError, FrameRefusedError, FrameTooLargeError } from '../../../lib/errors.ts'
import { join } from '../../../lib/laws/bytes.ts'
import { DONE } from '../../../lib/symbols.ts'
import { naiveLength } from '../models/framings.ts'
import {
  type Bytes,
  brokenDelimiter,
  brokenFixed,
  brokenLength,
  type Mutant,
  withDecoder,
  withEncoder
} from './mutant.ts'

const lengthUpTo = (maxBytes: number) => naiveLength({ prefix: 4, endian: 'big', signed: false, maxBytes })

export const manners: readonly Mutant[] = [
  {
    fault: 'all frames are given out in one buffer that is used again',
    rival: 'Go bufio.Scanner',
    subject: brokenFixed((codec, { size }) =>
      withDecoder(codec, (decoder) => {
        const shared = new Uint8Array(size)
        return {
          push: (batch, out) => {
            const frames: Bytes[] = []
            const answer = decoder.push(batch, frames)
            for (const frame of frames) shared.set(frame)
            out.push(...frames.map(() => shared))
            return answer
          }
        }
      })
    ),
    foundBy: ['framesStay', 'roundTrip']
  },
  {
    fault: 'the encoder writes every batch into the same buffer',
    subject: brokenFixed((codec) => {
      const scratch = new Uint8Array(10_000)
      return withEncoder(codec, (encoder) => ({
        push: (frames, out) => {
          const chunks: Bytes[] = []
          encoder.push(frames, chunks)
          const bytes = join(chunks)
          if (bytes.length > scratch.length) return void out.push(bytes)
          scratch.set(bytes)
          if (bytes.length > 0) out.push(scratch.subarray(0, bytes.length))
        }
      }))
    }),
    foundBy: ['encodedStays', 'batchesDoNotMatter']
  },
  {
    fault: 'a chunk that came in is written to',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          const copies = batch.map((chunk) => Uint8Array.from(chunk))
          for (const chunk of batch) chunk.fill(0)
          return decoder.push(copies, out)
        }
      }))
    ),
    foundBy: ['inputUntouched']
  },
  {
    fault: 'the borrowed batch is used up',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({ push: (batch, out) => decoder.push((batch as Bytes[]).splice(0), out) }))
    ),
    foundBy: ['roundTrip']
  },
  {
    fault: 'frames that are in `out` already are thrown away',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          out.length = 0
          return decoder.push(batch, out)
        }
      }))
    ),
    foundBy: ['everyCut', 'randomCuts']
  },
  {
    fault: 'all decoders of a codec share their state',
    subject: brokenFixed((codec) => {
      const only = codec.decoder()
      return { ...codec, decoder: (run) => (run === undefined ? only : codec.decoder(run)) }
    }),
    foundBy: ['independent']
  },
  {
    fault: 'a decoder goes on after a fault',
    rival: '@serialport/parser-packet-length',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => {
        let current = decoder
        return {
          push: (batch, out) => {
            try {
              return current.push(batch, out)
            } catch (error) {
              current = codec.decoder()
              throw error
            }
          },
          end: (out) => current.end?.(out)
        }
      })
    ),
    foundBy: ['deadDecoder']
  },
  {
    fault: 'a dead decoder throws a new error each time',
    subject: brokenLength((codec, { maxBytes }) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          try {
            return decoder.push(batch, out)
          } catch {
            throw new FrameTooLargeError('length', maxBytes + 1, maxBytes)
          }
        }
      }))
    ),
    foundBy: ['deadDecoder']
  },
  {
    fault: 'garbage makes it throw a RangeError',
    subject: brokenLength((codec, { maxBytes }) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          try {
            return decoder.push(batch, out)
          } catch {
            throw new RangeError(`more than ${maxBytes}`)
          }
        }
      }))
    ),
    foundBy: ['damagedCuts', 'goodFramesFirst']
  },
  {
    fault: 'the decoder takes one byte more than the limit',
    subject: brokenLength((codec, { maxBytes }) => ({ ...codec, decoder: lengthUpTo(maxBytes + 1).decoder })),
    foundBy: ['decoderLimit']
  },
  {
    fault: 'the decoder takes one byte less than the limit',
    subject: brokenLength((codec, { maxBytes }) => ({ ...codec, decoder: lengthUpTo(maxBytes - 1).decoder })),
    foundBy: ['decoderLimit']
  },
  {
    fault: 'the encoder has no limit',
    rival: 'netty LengthFieldPrepender',
    subject: brokenLength((codec) => ({ ...codec, encoder: lengthUpTo(2 ** 32 - 1).encoder })),
    foundBy: ['encoderLimit', 'goodFramesWritten']
  },
  {
    fault: 'a frame over the limit is stored first and refused then',
    subject: brokenLength((codec, { maxBytes }) => ({
      ...withDecoder(lengthUpTo(maxBytes + 10), (decoder) => ({
        push: (batch, out) => {
          const frames: Bytes[] = []
          const answer = decoder.push(batch, frames)
          const over = frames.find((frame) => frame.length > maxBytes)
          if (over !== undefined) throw new FrameTooLargeError('length', over.length, maxBytes)
          out.push(...frames)
          return answer
        }
      })),
      encoder: codec.encoder
    })),
    foundBy: ['refusedEarly']
  },
  {
    fault: 'the encoder does not look for the delimiter in a payload',
    rival: 'every delimiter encoder',
    subject: brokenDelimiter((codec, { mark, maxBytes }) => ({
      ...codec,
      encoder: () => trusting(mark, maxBytes, false)
    })),
    foundBy: ['refusesOrKeeps', 'goodFramesWritten']
  },
  {
    fault: 'the encoder looks for the delimiter in the payload, but not across the end of it',
    subject: brokenDelimiter(
      (codec, { mark, maxBytes }) => ({ ...codec, encoder: () => trusting(mark, maxBytes, true) }),
      'aa'
    ),
    foundBy: ['refusesOrKeeps']
  },
  {
    fault: 'held() is the size that was announced',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({ held: () => (decoder.held() >= 4 ? 1_000_000 : decoder.held()) }))
    ),
    foundBy: ['truncation', 'announced']
  },
  {
    fault: 'frames: n gives out all frames of its last chunk',
    subject: brokenFixed((codec) => ({
      ...codec,
      decoder: (run) => {
        const decoder = codec.decoder()
        let left = run?.frames ?? Number.POSITIVE_INFINITY
        return {
          ...decoder,
          push: (batch, out) => {
            const before = out.length
            decoder.push(batch, out)
            left -= out.length - before
            return left <= 0 ? DONE : undefined
          }
        }
      }
    })),
    foundBy: ['restIsAllOfIt', 'restAtEveryCut']
  },
  {
    fault: 'DONE comes one push late',
    subject: brokenFixed((codec) =>
      withDecoder(codec, (decoder) => {
        let done = false
        const rest: Bytes[] = []
        return {
          push: (batch, out) => {
            if (done) {
              rest.push(...batch)
              return DONE
            }
            done = decoder.push(batch, out) === DONE
            return undefined
          },
          rest: () => [...decoder.rest(), ...rest]
        }
      })
    ),
    foundBy: ['doneAtOnce']
  }
]

/** An encoder that believes what it is given, or nearly so. */
function trusting(mark: Bytes, maxBytes: number, look: boolean) {
  return {
    push: (frames: readonly Bytes[], out: Bytes[]): void => {
      for (const frame of frames) {
        if (frame.length > maxBytes) throw new FrameOverLimitError('delimiter', frame.length, maxBytes)
        if (look && Buffer.from(frame).includes(Buffer.from(mark)))
          throw new FrameRefusedError('delimiter', 'with it inside')
        out.push(join([frame, mark]))
      }
    }
  }
}
