/**
 * A mutant: a codec with one planted fault, and the laws that must find it. A law that finds none of them is decoration.
 */
import type { Codec, Decoder, DecoderRun, Step } from '../../../lib/types.ts'
import { utf8 } from '../bytes.ts'
import type { LawName } from '../codec-laws.ts'
import { naiveDelimiter, naiveFixed, naiveLength, naiveStream } from '../models/framings.ts'
import type { Subject } from '../subject.ts'
import { delimiterSubject, fixedSubject, lengthSubject, streamSubject } from '../subjects/framings.ts'

export type Bytes = Uint8Array

export interface Mutant<F = Bytes> {
  readonly fault: string
  readonly subject: Subject<F>
  readonly foundBy: readonly LawName[]
}

type Break<Options> = (codec: Codec<Bytes>, options: Options) => Codec<Bytes>

/** Subjects over a naive codec that `change` breaks. */
export const brokenStream = (change: Break<{ maxBytes: number }>): Subject<Bytes> =>
  streamSubject('mutant', (options) => change(naiveStream('close', options), options))

export const brokenFixed = (change: Break<{ size: number }>): Subject<Bytes> =>
  fixedSubject('mutant', (size) => change(naiveFixed(size), { size }), 3)

export interface DelimiterRun {
  mark: Bytes
  keep: boolean
  maxBytes: number
}
export const brokenDelimiter = (change: Break<DelimiterRun>, mark = '\r\n', keep = false): Subject<Bytes> =>
  delimiterSubject(
    'mutant',
    (bytes, options) => change(naiveDelimiter({ mark: bytes, ...options }), { mark: bytes, ...options }),
    utf8(mark),
    keep
  )

/** A 4-byte big-endian prefix. */
export const brokenLength = (change: Break<{ maxBytes: number }>): Subject<Bytes> =>
  lengthSubject(
    'mutant',
    (options) => change(naiveLength({ endian: 'big', signed: false, ...options, prefix: 4 }), options),
    { prefix: 4 }
  )

/** The codec with parts of its decoder replaced. */
export function withDecoder<F>(
  codec: Codec<F>,
  change: (decoder: Decoder<F>, run: DecoderRun | undefined) => Partial<Decoder<F>>
): Codec<F> {
  const decoder = (run?: DecoderRun): Decoder<F> => {
    const inner = codec.decoder(run)
    return { ...inner, ...change(inner, run) }
  }
  return { ...codec, decoder }
}

/** The codec with parts of its encoder replaced. */
export function withEncoder<F>(
  codec: Codec<F>,
  change: (encoder: Step<F, Bytes>) => Partial<Step<F, Bytes>>
): Codec<F> {
  const encoder = (): Step<F, Bytes> => {
    const inner = codec.encoder()
    return { ...inner, ...change(inner) }
  }
  return { ...codec, encoder }
}
