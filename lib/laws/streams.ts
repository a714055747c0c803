/**
 * What a codec may meet: lists of frames, and streams of bytes that are good, damaged, or plain garbage.
 */
import fc from 'fast-check'
import { join } from './bytes.ts'
import { encode } from './outcome.ts'
import { endIsFrame, type Subject } from './subject.ts'

/** What a bad line, a bad peer or an attacker does to good bytes at one place. */
const damages = fc.record({
  what: fc.constantFrom('flip', 'set', 'insert', 'swell', 'remove', 'end here'),
  at: fc.nat(0xffff),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 6 })
})

type Damage = typeof damages extends fc.Arbitrary<infer D> ? D : never

function damage(bytes: Uint8Array, { what, at, bytes: junk }: Damage): Uint8Array {
  const place = bytes.length === 0 ? 0 : at % bytes.length
  const before = bytes.subarray(0, place)
  const after = bytes.subarray(place)
  if (what === 'insert') return join([before, junk, after])
  if (what === 'swell') return join([before, new Uint8Array(130).fill(junk[0]!), after])
  if (what === 'remove') return join([before, after.subarray(junk.length)])
  if (what === 'end here') return before.slice()
  if (what === 'set') return join([before, junk, after.subarray(junk.length)])
  return join([before, after.subarray(0, 1).map((byte) => byte ^ junk[0]!), after.subarray(1)])
}

/** A list of frames that may follow each other on one stream: exactly one where the frame ends with the stream. */
export function lists<F>(subject: Subject<F>, maxLength = 6): fc.Arbitrary<F[]> {
  if (endIsFrame(subject)) return subject.frame.map((frame) => [frame])
  return fc.array(subject.frame, { maxLength, size: 'max' })
}

/** The bytes of a list of frames. */
export function goodStreams<F>(subject: Subject<F>): fc.Arbitrary<Uint8Array> {
  return lists(subject).map((frames) => encode(subject.codec(), frames))
}

/** Good bytes with a few faults in them. */
export function damagedStreams<F>(subject: Subject<F>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(goodStreams(subject), fc.array(damages, { minLength: 1, maxLength: 3 }))
    .map(([bytes, all]) => all.reduce(damage, bytes))
}

/** Random bytes; half of them small numbers, which pass for lengths. */
export const garbage: fc.Arbitrary<Uint8Array> = fc
  .array(fc.oneof(fc.nat(255), fc.nat(4), fc.constantFrom(0x0d, 0x0a, 0x3f, 0x80, 0xff)), {
    maxLength: 120,
    size: 'max'
  })
  .map((bytes) => Uint8Array.from(bytes))

export function anyStreams<F>(subject: Subject<F>): fc.Arbitrary<Uint8Array> {
  return fc.oneof(goodStreams(subject), damagedStreams(subject), damagedStreams(subject), garbage)
}
