/**
 * Any options of `length` as a subject of the laws. What a cut-off frame must report, and the shape of the frames, the
 * naive model says.
 */
import fc from 'fast-check'
import { length } from '../../../lib/codec/length.ts'
import type { UnexpectedEndError } from '../../../lib/errors.ts'
import type { LengthOptions } from '../../../lib/index.ts'
import { join } from '../../../lib/laws/bytes.ts'
import type { Settings } from '../../../lib/laws/for-all.ts'
import type { CutOff } from '../../../lib/laws/subject.ts'
import type { Codec } from '../../../lib/types.ts'
import { counting } from '../bytes.ts'
import { type FragmentModel, naiveFragments } from '../models/fragments.ts'
import { headBytes, naiveLayout, trailerBytes } from '../models/layout.ts'
import { settings } from '../settings.ts'
import { letters } from './framings.ts'
import type { FullSubject } from './full-subject.ts'

type Bytes = Uint8Array

/** A row: the options, and what cannot be told from them. */
export interface Family {
  readonly name: string
  readonly options: LengthOptions
  /** Headers that a frame may have, where the options read headers. */
  readonly headers?: fc.Arbitrary<unknown>
  /** The same with a number that can say a million. */
  readonly wide?: LengthOptions
  /** Bytes that are a fault where a frame should begin. */
  readonly faults?: readonly Bytes[]
  /** What the model reads in place of the options, where it has no such number. */
  readonly model?: LengthOptions
}

export interface Modelled<F> extends FullSubject<F> {
  readonly model: () => Codec<F>
}

const blocks = { maxBlockBytes: 20, maxBlocks: 50, blockBytes: 8 }
const payloads = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ maxLength: 90, size: 'max' }))

/** Of so many families each has a few values only: what one does not show, another does. */
export const fewer: Settings = { ...settings, runs: (settings.runs ?? 1) / 3 }

/** The largest frames of a subject, in bytes as they are given out. */
const most = 150

export function familySubject({ name, options, ...family }: Family): Modelled<unknown> {
  const { header, signals = {}, fragments } = options
  const shape = { ...options, ...family.model }
  const within = (more: LengthOptions): LengthOptions => ({
    ...options,
    ...more,
    ...(fragments === undefined ? {} : { fragments: { ...blocks, ...fragments, ...more.fragments } })
  })
  const make = (more: LengthOptions): Codec<unknown> => length(within(more)) as Codec<unknown>
  const modelled = (maxBytes: number): Codec<unknown> => {
    const all = { ...within({}), ...family.model, maxBytes }
    return fragments === undefined ? naiveLayout(all) : (naiveFragments(all as FragmentModel) as Codec<unknown>)
  }
  const headers = family.headers ?? fc.constant(undefined)
  const [aHeader] = fc.sample(headers, { numRuns: 1, seed: 1 })
  const of = (payload: Bytes, said: unknown = aHeader): unknown => frameOf(shape, payload, said)
  const carried = fc.tuple(payloads, headers).map(([payload, said]) => of(payload, said))
  const signal = Object.values(signals).map((one) => ({ signal: one }))
  const frame = signal.length === 0 ? carried : fc.oneof(carried, carried, fc.constantFrom(...signal))
  const inFrame = header === 'keep' ? headBytes(shape, 0).length : 0
  const limit = inFrame + 9
  return {
    name,
    ...fewer,
    codec: () => make({ maxBytes: most }),
    model: () => modelled(most),
    frame,
    anything: fc.oneof(
      frame,
      fc.nat(300).map((size) => of(letters(size)))
    ),
    small: of(counting(5, 0x62)),
    big: (bytes) => {
      const like = { ...shape, ...family.wide }
      const size =
        fragments === undefined ? {} : { fragments: { ...fragments, maxBlockBytes: bytes, blockBytes: bytes } }
      const codec = make({ ...family.wide, ...size, maxBytes: bytes + 100 })
      return { codec, frame: frameOf(like, letters(bytes), aHeader) }
    },
    cutOff: cutOffBy(() => modelled(10_000_000)),
    ...(family.faults === undefined ? {} : { faults: family.faults }),
    refused: [of(letters(most + 1)), ...(signal.length > 0 ? [{ signal: 'no such signal' }] : [])],
    limits: [
      {
        name: 'maxBytes',
        codec: () => make({ maxBytes: limit }),
        free: () => make({ maxBytes: 1000 }),
        limit,
        fits: of(letters(9)),
        over: of(letters(10)),
        refusedBy:
          headSize(shape, aHeader) +
          (fragments === undefined ? 0 : 8 + trailerBytes(shape).length + headSize(shape, aHeader))
      }
    ]
  }
}

/** A frame of these options with this payload. */
export function frameOf(options: LengthOptions, payload: Bytes, said: unknown): unknown {
  const { header } = options
  if (typeof header === 'object') return { header: said, payload }
  return header === 'keep' ? join([Uint8Array.from(headBytes(options, payload.length)), payload]) : payload
}

/** How many bytes of a small frame stand in front of its payload. */
function headSize(options: LengthOptions, said: unknown): number {
  const head = headBytes(options, 10, said)
  const { header, after } = options
  if (typeof header !== 'object' || typeof after !== 'function') return head.length
  const bytes = new Uint8Array(head.length + 64)
  bytes.set(head)
  header.write(said, bytes, 0, head.length)
  return head.length + after(bytes, 0, head.length)
}

/** What a naive codec reports of a frame that is cut off. */
export function cutOffBy(model: () => Codec<unknown>): (wire: Bytes, had: number) => CutOff {
  return (wire, had) => {
    const decoder = model().decoder()
    try {
      decoder.push([wire.subarray(0, had)], [])
      decoder.end?.([])
    } catch (error) {
      const { phase, needed } = error as UnexpectedEndError
      return { phase, needed }
    }
    throw new Error('the model takes a part of a frame for a whole one')
  }
}
