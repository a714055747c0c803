/**
 * A mutant: a codec with one planted fault, and the laws that must find it. A law that finds none of them is decoration.
 */

import type { LawName } from '../../../lib/laws/law-table.ts'
import type { Codec, Decoder, DecoderRun, Step } from '../../../lib/types.ts'
import { utf8 } from '../bytes.ts'
import { naiveDelimiter, naiveFixed, naiveLength, naiveStream } from '../models/framings.ts'
import { delimiterSubject, fixedSubject, type LengthShape, lengthSubject, streamSubject } from '../subjects/framings.ts'
import type { FullSubject } from '../subjects/full-subject.ts'

export type Bytes = Uint8Array

export interface Mutant<F = Bytes> {
  readonly fault: string
  /** Who has it, where it is a fault of somebody else's library. */
  readonly rival?: string
  readonly subject: FullSubject<F>
  readonly foundBy: readonly LawName[]
}

type Break<Options> = (codec: Codec<Bytes>, options: Options) => Codec<Bytes>

/** Subjects over a naive codec that `change` breaks. */
export const brokenStream = (change: Break<{ maxBytes: number }>): FullSubject<Bytes> =>
  streamSubject('mutant', (options) => change(naiveStream('close', options), options))

export const brokenFixed = (change: Break<{ size: number }>): FullSubject<Bytes> =>
  fixedSubject('mutant', (size) => change(naiveFixed(size), { size }), 3)

export interface DelimiterRun {
  mark: Bytes
  keep: boolean
  maxBytes: number
}
export const brokenDelimiter = (change: Break<DelimiterRun>, mark = '\r\n', keep = false): FullSubject<Bytes> =>
  delimiterSubject(
    'mutant',
    (bytes, options) => change(naiveDelimiter({ mark: bytes, ...options }), { mark: bytes, ...options }),
    utf8(mark),
    keep
  )

/** A 4-byte big-endian prefix, or another. */
export const brokenLength = (
  change: Break<LengthShape & { maxBytes: number }>,
  shape: LengthShape = { prefix: 4 }
): FullSubject<Bytes> =>
  lengthSubject(
    'mutant',
    (options) => change(naiveLength({ prefix: 'varint', endian: 'big', signed: false, ...options }), options),
    shape
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
