/**
 * Text and JSON over a framing of bytes, as subjects of the laws: what the framing below promises must still hold, and
 * frames that are no text are faults of their own.
 */
import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { encodeBatches } from '../../../lib/laws/outcome.ts'
import type { LimitCase } from '../../../lib/laws/subject.ts'
import type { Codec } from '../../../lib/types.ts'
import { unhex, utf8 } from '../bytes.ts'
import type { FullSubject } from './full-subject.ts'

type Bytes = Uint8Array
const textOf = (bytes: Bytes): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)

/** Frames of the framing below that are no UTF-8: a lone start byte, an overlong slash, half a pair, a cut-off sign. */
const notUtf8 = ['ff', 'c0af', 'eda080', 'e282', '61f09f98']
const notJson = ['', '{', '[1,]', 'nul', "'a'", '1 2', '\ufeff1', `${'['.repeat(65)}${']'.repeat(65)}`]

/** The wire bytes of frames that the framing below carries; those that it does not carry are left out. */
function carriedBy(inner: FullSubject<Bytes>, payloads: Bytes[], whole: (payload: Bytes) => Bytes): Bytes[] {
  return payloads.flatMap((payload) => {
    const { bytes, fault } = encodeBatches(inner.codec(), [[whole(payload)]])
    return fault === undefined ? [bytes] : []
  })
}

function mapLimit<F>(
  one: LimitCase<Bytes>,
  wrap: (codec: Codec<Bytes>) => Codec<F>,
  turn: (bytes: Bytes) => F
): LimitCase<F> {
  return {
    ...one,
    codec: () => wrap(one.codec()),
    free: () => wrap(one.free()),
    fits: turn(one.fits),
    over: turn(one.over)
  }
}

/** Characters of every width in UTF-8, a BOM, and what delimiters are made of. */
const characters = fc.oneof(
  fc.nat(0x10ffff).map((point) => (point >= 0xd800 && point < 0xe000 ? '?' : String.fromCodePoint(point))),
  fc.constantFrom('a', '\ufeff', '\0', '\n', '\r', 'é', '€', '😀', '\uffff', '\u{10ffff}')
)
const strings = fc.array(characters, { maxLength: 14 }).map((all) => all.join(''))
const halves = fc.string({ unit: fc.constantFrom('a', '?', '\n', '\ud83d', '\ude00', '😀'), maxLength: 6 })

export type WrapText = (codec: Codec<Bytes>) => Codec<string>

/** `mark` is what a delimiter that is kept adds to each text. */
export function textSubject(name: string, wrap: WrapText, inner: FullSubject<Bytes>, mark = ''): FullSubject<string> {
  const fits = (text: string): boolean => encodeBatches(inner.codec(), [[utf8(text)]]).fault === undefined
  const { cutOff } = inner
  const faults = carriedBy(inner, notUtf8.map(unhex), (payload) => Uint8Array.of(...payload, ...utf8(mark)))
  return {
    name,
    codec: () => wrap(inner.codec()),
    frame: strings.map((text) => text + mark).filter(fits),
    anything: fc.oneof(
      strings,
      halves,
      halves.map((text) => text + mark)
    ),
    small: textOf(inner.small),
    big: (bytes) => {
      const { codec, frame } = inner.big(bytes)
      return { codec: wrap(codec), frame: textOf(frame) }
    },
    ...(cutOff === undefined ? {} : { cutOff }),
    faults: [...(inner.faults ?? []), ...faults],
    refused: [
      '\ud800',
      `a\udc00${mark}`,
      '\ud83d',
      ...(inner.refused ?? []).filter((bytes) => isUtf8(bytes)).map(textOf)
    ],
    limits: (inner.limits ?? []).map((one) => mapLimit(one, wrap, textOf))
  }
}

export type WrapJson = (codec: Codec<Bytes>) => Codec<unknown>

export function jsonSubject(name: string, wrap: WrapJson, inner: FullSubject<Bytes>): FullSubject<unknown> {
  const fits = (value: unknown): boolean =>
    encodeBatches(inner.codec(), [[utf8(JSON.stringify(value))]]).fault === undefined
  const stringOf = (bytes: Bytes): unknown => 'a'.repeat(bytes.length - 2)
  const unit = fc.constantFrom('a', '[', '"', '\\', '\n', '\ufeff', 'é', '😀')
  const values = fc.jsonValue({ maxDepth: 2, stringUnit: unit }).filter((value) => !hasNegativeZero(value))
  const { cutOff } = inner
  const unfit = carriedBy(inner, [...notUtf8.map(unhex), ...notJson.map(utf8)], (payload) => payload)
  return {
    name,
    codec: () => wrap(inner.codec()),
    frame: values.filter(fits),
    anything: fc.oneof(values, fc.constantFrom(undefined, 1n, Symbol.iterator)),
    small: { ok: true },
    big: (bytes) => {
      const { codec, frame } = inner.big(bytes)
      return { codec: wrap(codec), frame: stringOf(frame) }
    },
    ...(cutOff === undefined ? {} : { cutOff }),
    faults: [...(inner.faults ?? []), ...unfit],
    refused: [undefined, 1n, () => 1, nested(65)],
    limits: (inner.limits ?? []).map((one) => mapLimit(one, wrap, stringOf))
  }
}

/** JSON has no negative zero: it comes back as 0. */
function hasNegativeZero(value: unknown): boolean {
  if (Object.is(value, -0)) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNegativeZero)
}

export function nested(depth: number): unknown {
  let value: unknown = []
  for (let level = 1; level < depth; level += 1) value = [value]
  return value
}
