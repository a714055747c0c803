/**
 * Mutants with the faults of other libraries, each with where it was found (`rival`); those that were planted
 * here before have their `rival` where they stand.
 */
import { FrameTooLargeError, MalformedFrameError, UnexpectedEndError } from '../../../lib/errors.ts'
import { join } from '../../../lib/laws/bytes.ts'
import type { Codec } from '../../../lib/types.ts'
import { unhex, utf8 } from '../bytes.ts'
import { cutOffError, naive } from '../models/machine.ts'
import { naiveText } from '../models/text.ts'
import { type LengthShape, lengthSubject } from '../subjects/framings.ts'
import { textSubject } from '../subjects/values.ts'
import { type Bytes, brokenDelimiter, brokenLength, type Mutant, withDecoder, withEncoder } from './mutant.ts'

const numberIn = (bytes: Iterable<number>): number => [...bytes].reduce((sum, byte) => sum * 256 + byte, 0)

/** A length of `prefix` bytes that counts itself; the limit is tested on the field as it came, or on the payload. */
function selfCounting({ prefix = 2, maxBytes }: LengthShape & { maxBytes: number }): Codec<Bytes> {
  const size = Number(prefix)
  const header = (length: number): Bytes =>
    Uint8Array.from({ length: size }, (_, index) => Math.floor(length / 256 ** (size - 1 - index)) % 256)
  const machine = () => {
    let bytes: number[] = []
    return {
      byte: (value: number) => {
        bytes.push(value)
        if (bytes.length < size) return undefined
        const whole = numberIn(bytes.slice(0, size))
        if (whole < size) throw new MalformedFrameError('length', `a length of ${whole} that counts itself`)
        if (whole > maxBytes) throw new FrameTooLargeError('length', whole, maxBytes)
        if (bytes.length < whole) return undefined
        const frame = Uint8Array.from(bytes.slice(size))
        bytes = []
        return { frame }
      },
      end: () => {
        if (bytes.length === 0) return undefined
        if (bytes.length < size) throw cutOffError('length', 'header', bytes, size)
        throw cutOffError('length', 'payload', bytes, numberIn(bytes.slice(0, size)))
      },
      held: () => bytes.length
    }
  }
  return naive({ name: 'length', machine, writer: () => (frame) => join([header(frame.length + size), frame]) })
}

/** A decoder of 4-byte lengths that keeps what it makes of what was left over and the next chunk. */
const keeping = (keep: (held: Bytes, chunk: Bytes, taken: number) => Bytes, glue = joined) =>
  brokenLength((codec) =>
    withDecoder(codec, () => {
      let held: Bytes = new Uint8Array(0)
      return {
        push: (batch, out) => {
          for (const chunk of batch) {
            const bytes = glue(held, chunk)
            let at = 0
            for (let next = behind(bytes, at); next <= bytes.length; next = behind(bytes, at)) {
              out.push(bytes.slice(at + 4, next))
              at = next
            }
            held = keep(held, chunk, at)
          }
          return undefined
        },
        held: () => held.length
      }
    })
  )
const joined = (held: Bytes, chunk: Bytes): Bytes => join([held, chunk])
const behind = (bytes: Bytes, at: number): number =>
  bytes.length - at < 4 ? Number.POSITIVE_INFINITY : at + 4 + numberIn(bytes.subarray(at, at + 4))

/** Reads a varint for its value and goes on behind the bytes that it should have had. */
function minimalVarints(codec: Codec<Bytes>): Codec<Bytes> {
  return withDecoder(codec, (decoder) => ({
    push: (batch, out) => {
      const bytes = join(batch)
      const padded = decoder.held() === 0 && bytes.length > 1 && bytes[0]! >= 0x80 && bytes[1] === 0
      if (!padded) return decoder.push(batch, out)
      return decoder.push([Uint8Array.of(bytes[0]! & 0x7f), bytes.subarray(1)], out)
    }
  }))
}

export const rivals: readonly Mutant[] = [
  {
    fault: 'the limit is tested on the raw length, which counts the header too',
    rival: 'tokio#4815',
    subject: lengthSubject('mutant', selfCounting, { prefix: 2 }),
    foundBy: ['decoderLimit']
  },
  {
    fault: 'the encoder cuts the length to the width of its field',
    rival: 'tokio#5080, tokio#8275',
    subject: brokenLength(
      (codec, { prefix }) =>
        withEncoder(codec, (encoder) => ({
          push: (frames, out) => {
            if (prefix !== 1) return encoder.push(frames, out)
            const written = frames.flatMap((frame) => [Uint8Array.of(frame.length & 0xff), frame])
            if (written.length > 0) out.push(join(written))
          }
        })),
      { prefix: 1 }
    ),
    foundBy: ['encoderLimit', 'refusesOrKeeps']
  },
  {
    fault: 'a varint with more bytes than it needs is taken for as many as it needs',
    rival: 'it-length-prefixed, @libp2p/utils',
    subject: {
      ...brokenLength(minimalVarints, {}),
      examples: [{ bytes: unhex('85 00 68 65 6c 6c 6f 02 68 6f'), frames: [utf8('hello'), utf8('ho')] }]
    },
    foundBy: ['examplesRead']
  },
  {
    fault: 'a prefix of 4 bytes that is cut behind the third is read as one of 3',
    rival: 'netty#17549, vector#26167',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          const [first] = batch
          const three = decoder.held() === 0 && batch.length === 1 && first?.length === 3
          return decoder.push(three ? [Uint8Array.of(0), first] : batch, out)
        }
      }))
    ),
    foundBy: ['everyCut']
  },
  {
    fault: 'the header of a frame over the limit is given out as a frame',
    rival: '@serialport/parser-packet-length',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          try {
            return decoder.push(batch, out)
          } catch (error) {
            out.push(unhex('00000000'))
            throw error
          }
        }
      }))
    ),
    foundBy: ['goodFramesFirst', 'decoderLimit', 'deadDecoder']
  },
  {
    fault: 'the half of a delimiter that came is counted for the frame',
    rival: 'twisted#6556',
    subject: brokenDelimiter((codec, { maxBytes }) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          const answer = decoder.push(batch, out)
          if (decoder.held() > maxBytes) throw new FrameTooLargeError('delimiter', maxBytes + 1, maxBytes)
          return answer
        }
      }))
    ),
    foundBy: ['decoderLimit']
  },
  {
    fault: 'what is behind a frame that spans two chunks is looked for as far into the second as the frame is long',
    rival: 'vector, character_delimited',
    subject: keeping((held, chunk, taken) => (taken === 0 ? join([held, chunk]) : chunk.subarray(taken))),
    foundBy: ['everyCut']
  },
  {
    fault: 'what was left over is put behind the next chunk',
    rival: 'js-libp2p#3507',
    subject: keeping(
      (held, chunk, taken) => join([chunk, held]).subarray(taken),
      (held, chunk) => join([chunk, held])
    ),
    foundBy: ['everyCut']
  },
  {
    fault: 'a stream that ends inside a frame ends without a word',
    rival: 'netty, Bedrock, length-prefixed-stream, frame-stream, twisted, Erlang',
    subject: brokenLength((codec) => withDecoder(codec, () => ({ end: () => {} }))),
    foundBy: ['truncation']
  },
  {
    fault: 'what is left at the end is given out, without its delimiter',
    rival: 'tokio LinesCodec, Go ScanLines, split2, it-split, it-ndjson',
    subject: brokenDelimiter((codec) =>
      withDecoder(codec, (decoder) => ({
        end: (out) => {
          try {
            decoder.end?.(out)
          } catch (error) {
            out.push((error as UnexpectedEndError).partial)
          }
        }
      }))
    ),
    foundBy: ['truncation']
  },
  {
    fault: 'the error of a stream that was cut has none of its bytes',
    rival: 'anyio',
    subject: brokenLength((codec) =>
      withDecoder(codec, (decoder) => ({
        end: (out) => {
          try {
            decoder.end?.(out)
          } catch (error) {
            const { phase, had, needed } = error as UnexpectedEndError
            throw new UnexpectedEndError('length', { phase, had, needed, partial: new Uint8Array(0) })
          }
        }
      }))
    ),
    foundBy: ['truncation']
  },
  {
    fault: 'an empty frame is a fault',
    rival: 'it-ndjson',
    subject: brokenDelimiter((codec) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          const before = out.length
          const answer = decoder.push(batch, out)
          if (out.slice(before).some((frame) => frame.length === 0)) throw new MalformedFrameError('delimiter', 'empty')
          return answer
        }
      }))
    ),
    foundBy: ['roundTrip']
  },
  {
    fault: 'the end of the stream is one more empty frame',
    rival: 'Deno DelimiterStream',
    subject: brokenDelimiter((codec) => withDecoder(codec, () => ({ end: (out) => void out.push(new Uint8Array(0)) }))),
    foundBy: ['roundTrip', 'emptyStream']
  },
  {
    fault: 'header and payload of each frame are a chunk each',
    rival: 'it-length-prefixed, netty LengthFieldPrepender',
    subject: brokenLength((codec) =>
      withEncoder(codec, (encoder) => ({
        push: (frames, out) => {
          for (const frame of frames) {
            const written: Bytes[] = []
            encoder.push([frame], written)
            const bytes = join(written)
            out.push(bytes.slice(0, 4), bytes.slice(4))
          }
        }
      }))
    ),
    foundBy: ['packs']
  }
]

/** Each chunk is made text by itself. */
function textByChunk(codec: Codec<Bytes>): Codec<string> {
  return withDecoder(naiveText(codec), (decoder, run) => ({
    push: (batch, out) => {
      if (run !== undefined) return decoder.push(batch, out)
      return decoder.push(
        batch.map((chunk) => utf8(new TextDecoder('utf-8', { ignoreBOM: true }).decode(chunk))),
        out
      )
    }
  }))
}

export const rivalsText: readonly Mutant<string>[] = [
  {
    fault: 'a character that is cut in two becomes two wrong ones',
    rival: 'Effect Ndjson, the line splitter in the documentation of node:stream/iter',
    subject: textSubject(
      'mutant',
      textByChunk,
      brokenDelimiter((codec) => codec, '\n')
    ),
    foundBy: ['everyCut', 'randomCuts']
  }
]
