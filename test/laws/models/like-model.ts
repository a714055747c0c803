/**
 * A codec of the library against the naive one, on good, damaged and random bytes: the same frames, the same fault, the
 * same bytes left; and on any frames: the same bytes written, the same refusal.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cut, cuttings } from '../../../lib/laws/cuttings.ts'
import { decode, encodeBatches, type Fault, sameFrames } from '../../../lib/laws/outcome.ts'
import { anyStreams } from '../../../lib/laws/streams.ts'
import { endIsFrame, type Subject } from '../../../lib/laws/subject.ts'
import type { Codec } from '../../../lib/types.ts'
import { forAll } from '../settings.ts'

/** What both must say of a fault. The words and the name of the codec are the library's own. */
function essence(fault: Fault | undefined): unknown {
  if (fault === undefined) return undefined
  const { code, phase, had, needed, partial, limit, unit } = fault.fields
  const size = exact(fault.fields.size)
  return { class: fault.class, code, phase, had, needed, partial, size, limit, unit }
}

/** Above 2^53 numbers are rounded, by each of them in its own way. */
function exact(size: unknown): unknown {
  return typeof size === 'number' && size > Number.MAX_SAFE_INTEGER ? 'huge' : size
}

export function likeModel<F>(subject: Subject<F>, model: () => Codec<F>): void {
  describe(`against the naive model: ${subject.name}`, () => {
    it('reads the same frames and faults', () => {
      forAll(fc.tuple(anyStreams(subject), cuttings, fc.option(fc.integer({ min: 1, max: 4 }))), 80, (given) => {
        const [bytes, cutting, frames] = given
        const run = frames === null || endIsFrame(subject) ? undefined : { frames }
        const actual = decode(subject.codec(), cut(bytes, cutting), run)
        const expected = decode(model(), cut(bytes, cutting), run)
        sameFrames(actual.frames, expected.frames, 'the model')
        assert.deepEqual(essence(actual.fault), essence(expected.fault))
        assert.deepEqual(actual.rest, expected.rest)
      })
    })

    it('writes the same bytes and refuses the same frames', () => {
      forAll(fc.array(fc.oneof(subject.frame, subject.anything), { maxLength: 4 }), 50, (frames) => {
        const actual = encodeBatches(subject.codec(), [frames])
        const expected = encodeBatches(model(), [frames])
        assert.deepEqual(actual.bytes, expected.bytes)
        assert.equal(actual.fault?.code, expected.fault?.code)
      })
    })
  })
}
