/**
 * Mutants whose answer depends on how the bytes are cut.
 */
import { FrameTooLargeError } from '../../../lib/errors.ts'
import { join } from '../../../lib/laws/bytes.ts'
import { DONE } from '../../../lib/symbols.ts'
import type { Codec } from '../../../lib/types.ts'
import { naiveText } from '../models/text.ts'
import type { FullSubject } from '../subjects/full-subject.ts'
import { textSubject } from '../subjects/values.ts'
import { type Bytes, brokenDelimiter, brokenFixed, brokenLength, type Mutant, withDecoder } from './mutant.ts'

/** Runs of whole frames are decoded as one text; a bad character becomes U+FFFD where the slow road has a fault. */
function looseFastPath(codec: Codec<Bytes>): Codec<string> {
  return withDecoder(naiveText(codec), (decoder, run) => ({
    push: (batch, out) => {
      const bytes = join([...batch])
      const fast = run?.frames === undefined && decoder.held() === 0 && bytes.at(-1) === 0x3f && bytes.length < 100
      if (!fast) return decoder.push(batch, out)
      const frames = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('?')
      out.push(...frames.slice(0, -1).map((frame) => `${frame}?`))
      return undefined
    }
  }))
}

const looseText: FullSubject<string> = textSubject(
  'mutant',
  looseFastPath,
  brokenDelimiter((codec) => codec, '?', true),
  '?'
)

/** A decoder over bytes that may take a road of its own for chunks that begin on a frame border. */
const atBorder = (
  codec: Codec<Bytes>,
  road: (
    chunk: Bytes,
    push: (chunk: Bytes) => typeof DONE | undefined | void,
    out: Bytes[]
  ) => typeof DONE | undefined | void
): Codec<Bytes> =>
  withDecoder(codec, (decoder) => ({
    push: (batch, out) => {
      const push = (chunk: Bytes): typeof DONE | undefined | void => decoder.push([chunk], out)
      for (const [index, chunk] of batch.entries()) {
        const answer = decoder.held() === 0 && chunk.length > 0 ? road(chunk, push, out) : push(chunk)
        if (answer !== DONE) continue
        const rest = [...decoder.rest(), ...batch.slice(index + 1)]
        decoder.rest = () => rest
        return DONE
      }
      return undefined
    },
    rest: () => decoder.rest()
  }))

export const cutting: readonly Mutant[] = [
  {
    fault: 'a header cut in two is read with zeros for what has not come',
    rival: 'netty#17549',
    subject: brokenLength((codec) =>
      atBorder(codec, (chunk, push) => push(chunk.length < 4 ? join([chunk, new Uint8Array(4 - chunk.length)]) : chunk))
    ),
    foundBy: ['everyCut', 'randomCuts', 'restAtEveryCut']
  },
  {
    fault: 'a delimiter cut in two is not found',
    subject: brokenDelimiter((codec, { mark }) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          const half = batch.findIndex((chunk) => chunk.at(-1) === mark[0])
          return decoder.push(
            half === -1 ? batch : [...batch.slice(0, half + 1), Uint8Array.of(0), ...batch.slice(half + 1)],
            out
          )
        }
      }))
    ),
    foundBy: ['everyCut', 'truncation']
  },
  {
    fault: 'the limit is tested on what is left over only, never on a frame that is whole',
    rival: 'split2',
    subject: brokenDelimiter((_codec, { mark, keep, maxBytes }) => {
      const free = brokenDelimiter((codec) => codec, '\r\n', keep)
      return withDecoder(free.big(Math.max(10_000, maxBytes)).codec, (decoder) => ({
        push: (batch, out) => {
          const answer = decoder.push(batch, out)
          if (decoder.held() >= maxBytes + mark.length)
            throw new FrameTooLargeError('delimiter', maxBytes + 1, maxBytes)
          return answer
        }
      }))
    }),
    foundBy: ['goodFramesFirst', 'decoderLimit']
  },
  {
    fault: 'the limit is tested on the chunk, not on the frame',
    rival: 'it-ndjson, Vert.x',
    subject: brokenDelimiter((codec, { maxBytes, mark }) =>
      atBorder(codec, (chunk, push) => {
        if (chunk.length > maxBytes + mark.length) throw new FrameTooLargeError('delimiter', maxBytes + 1, maxBytes)
        return push(chunk)
      })
    ),
    foundBy: ['roundTrip', 'limitIsPerFrame', 'decoderLimit']
  },
  {
    fault: 'the size in the error is what happened to be there',
    subject: brokenDelimiter((codec, { maxBytes }) =>
      withDecoder(codec, (decoder) => ({
        push: (batch, out) => {
          try {
            return decoder.push(batch, out)
          } catch (error) {
            if (!(error instanceof FrameTooLargeError)) throw error
            throw new FrameTooLargeError('delimiter', maxBytes + join([...batch]).length, maxBytes)
          }
        }
      }))
    ),
    foundBy: ['decoderLimit', 'damagedCuts']
  },
  {
    fault: 'fast and slow road: a frame that is a whole chunk is given out as it came, as a Buffer',
    subject: brokenFixed((codec, { size }) =>
      atBorder(codec, (chunk, push, out) => {
        if (chunk.length !== size || !Buffer.isBuffer(chunk)) return push(chunk)
        out.push(chunk)
        return undefined
      })
    ),
    foundBy: ['bigCuts', 'randomCuts']
  },
  {
    fault: 'fast and slow road: a chunk that ends in the delimiter is split without a look at the limit',
    subject: brokenDelimiter(
      (codec, { mark, keep }) =>
        atBorder(codec, (chunk, push, out) => {
          if (keep || mark.length !== 1 || chunk.at(-1) !== mark[0]) return push(chunk)
          for (let at = 0; at < chunk.length; ) {
            const found = chunk.indexOf(mark[0]!, at)
            out.push(Uint8Array.from(chunk.subarray(at, found)))
            at = found + 1
          }
          return undefined
        }),
      '\n'
    ),
    foundBy: ['decoderLimit', 'damagedCuts']
  }
]

export const cuttingText: readonly Mutant<string>[] = [
  {
    fault: 'fast and slow road: text decoded in runs takes bytes that are no UTF-8',
    subject: looseText,
    foundBy: ['goodFramesFirst', 'damagedCuts']
  }
]
