/**
 * Laws of limits: a frame of exactly the limit passes, one more is refused, by decoder and encoder alike, however cut,
 * and as soon as it can be known.
 */
import assert from 'node:assert/strict'
import { drip, exhaustive } from './cuttings.ts'
import { decode, decodeWhole, encode, encodeBatches, pushInto, sameFrames, sameOutcome } from './outcome.ts'
import { endIsFrame, type Law, type LimitCase, type Subject } from './subject.ts'

function eachCase<F>(subject: Subject<F>, check: (one: LimitCase<F>, before: F[]) => void): void {
  for (const one of subject.limits ?? []) {
    try {
      check(one, endIsFrame(subject) ? [] : [one.fits])
    } catch (error) {
      throw new Error(`limit: ${one.name}`, { cause: error })
    }
  }
}

const hasLimits = <F>(subject: Subject<F>): boolean => (subject.limits ?? []).length > 0

export const decoderLimit: Law = {
  name: 'the decoder takes a frame of exactly the limit and refuses one more, the same in every cutting',
  applies: hasLimits,
  check: (subject) =>
    eachCase(subject, ({ codec, free, fits, over, limit, unit = 'bytes', decoderOnly = false }, before) => {
      const allowed = encode(free(), [...before, fits])
      const refused = encode(free(), [...before, over])
      for (const [how, batches] of exhaustive(allowed, 20)) {
        if (decoderOnly) break // how many chunks there are is what such a limit counts
        sameOutcome(decode(codec(), batches), { frames: [...before, fits], fault: undefined }, how)
      }
      const cuts = decoderOnly ? [['byte by byte', drip(refused)] as const] : exhaustive(refused, 20)
      const expected = decode(codec(), drip(refused))
      const { code, fields } = expected.fault ?? assert.fail('a frame over the limit was let in')
      assert.deepEqual({ code, limit: fields.limit, unit: fields.unit }, { code: 'ERR_FRAME_TOO_LARGE', limit, unit })
      assert.ok((fields.size as number) > limit, `size ${fields.size} of a frame over the limit of ${limit}`)
      sameFrames(expected.frames, before, 'before the frame over the limit')
      for (const [how, batches] of cuts) sameOutcome(decode(codec(), batches), expected, how)
    })
}

export const encoderLimit: Law = {
  name: 'the encoder writes a frame of exactly the limit and refuses one more, so that the other side need not',
  applies: hasLimits,
  check: (subject) =>
    eachCase(subject, ({ codec, free, fits, over, limit, decoderOnly = false }, before) => {
      if (decoderOnly) return
      assert.deepEqual(encode(codec(), [...before, fits]), encode(free(), [...before, fits]))
      const { bytes, fault } = encodeBatches(codec(), [[...before, over]])
      assert.ok(fault, 'the encoder wrote a frame over the limit')
      assert.deepEqual(
        [fault.class, fault.code, fault.fields.limit],
        ['FrameOverLimitError', 'ERR_FRAME_REFUSED', limit]
      )
      assert.ok((fault.fields.size as number) > limit)
      assert.deepEqual(bytes, encode(free(), before), 'the frames before the refused one were lost')
    })
}

export const refusedEarly: Law = {
  name: 'a frame over the limit is refused as soon as it can be known, before it is stored',
  applies: hasLimits,
  check: (subject) =>
    eachCase(subject, ({ codec, free, over, refusedBy }) => {
      const bytes = encode(free(), [over])
      const decoder = codec().decoder()
      const taken = drip(bytes).findIndex((chunks) => {
        try {
          pushInto(decoder, chunks, [])
          return false
        } catch {
          return true
        }
      })
      assert.notEqual(taken, -1, 'a frame over the limit was taken in whole')
      assert.ok(taken + 1 <= refusedBy, `refused with byte ${taken + 1}, known with byte ${refusedBy}`)
    })
}

export const limitIsPerFrame: Law = {
  name: 'a limit is one of a frame: many frames of the limit in one chunk pass',
  applies: (subject) => hasLimits(subject) && !endIsFrame(subject),
  check: (subject) =>
    eachCase(subject, ({ codec, free, fits, decoderOnly = false }) => {
      if (decoderOnly) return
      const frames = Array.from({ length: 50 }, () => fits)
      sameOutcome(decodeWhole(codec(), encode(free(), frames)), { frames, fault: undefined }, 'in one chunk')
    })
}
