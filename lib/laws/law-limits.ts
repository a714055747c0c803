/**
 * Laws of limits: a frame of exactly the limit passes, one more is refused, by decoder and encoder alike, however cut,
 * and as soon as it can be known.
 */
import { join } from './bytes.ts'
import { onStream } from './counterexample.ts'
import { drip, exhaustive } from './cuttings.ts'
import { equal, holds } from './mismatch.ts'
import { decode, decodesAs, encode, encodeBatches, type Outcome, pushInto, sameFrames, showFault } from './outcome.ts'
import { endIsFrame, type Law, type LimitCase, type Subject } from './subject.ts'

function eachCase<F>(subject: Subject<F>, check: (one: LimitCase<F>, before: F[]) => void): void {
  for (const one of subject.limits ?? []) check(one, endIsFrame(subject) ? [] : [one.fits])
}

const hasLimits = <F>(subject: Subject<F>): boolean => (subject.limits ?? []).length > 0

export const decoderLimit: Law = {
  promise: 'the decoder takes a frame of exactly the limit and refuses one more, the same in every cutting',
  applies: hasLimits,
  check: (subject) =>
    eachCase(subject, (one, before) => {
      const { name, codec, free, fits, over, decoderOnly = false } = one
      const good = { frames: [...before, fits], fault: undefined }
      const allowed = encode(free(), good.frames)
      if (!decoderOnly) {
        // How many chunks there are is what such a limit counts.
        decodesAs(codec(), [[allowed]], good, `a frame of exactly ${name}, in one chunk`)
        for (const batches of exhaustive(allowed, 20)) {
          decodesAs(codec(), batches, good, `a frame of exactly ${name}, cut like this`)
        }
      }
      const refused = encode(free(), [...before, over])
      const expected = refusal(one, before, refused)
      const cuts = decoderOnly ? [] : exhaustive(refused, 20)
      for (const batches of cuts) decodesAs(codec(), batches, expected, `a frame over ${name}, cut like this`)
    })
}

/** What becomes of the frame over the limit; in every other cutting it must be the same. */
function refusal<F>({ name, codec, limit, unit = 'bytes' }: LimitCase<F>, before: F[], bytes: Uint8Array): Outcome<F> {
  const decoding = codec()
  return onStream(decoding, drip(bytes), (batches) => {
    const outcome = decode(decoding, batches)
    const { fault } = outcome
    holds(
      fault?.code === 'ERR_FRAME_TOO_LARGE',
      `a frame over ${name}: expected a FrameTooLargeError, got ${showFault(fault)}`
    )
    const { size } = fault.fields
    equal({ limit: fault.fields.limit, unit: fault.fields.unit }, { limit, unit }, `${name} in the FrameTooLargeError`)
    holds((size as number) > limit, `a frame over ${name}: expected its size to be over ${limit}, got ${size}`)
    sameFrames(outcome.frames, before, `before the frame over ${name}`)
    return outcome
  })
}

export const encoderLimit: Law = {
  promise: 'the encoder writes a frame of exactly the limit and refuses one more, so that the other side need not',
  applies: hasLimits,
  check: (subject) =>
    eachCase(subject, ({ name, codec, free, fits, over, limit, decoderOnly = false }, before) => {
      if (decoderOnly) return
      equal(
        encode(codec(), [...before, fits]),
        encode(free(), [...before, fits]),
        `bytes of a frame of exactly ${name}`
      )
      const { bytes, fault } = encodeBatches(codec(), [[...before, over]])
      holds(
        fault?.class === 'FrameOverLimitError' && fault.fields.limit === limit && (fault.fields.size as number) > limit,
        `a frame over ${name}: expected the encoder to throw a FrameOverLimitError with limit ${limit} and a size above, got ${showFault(fault)}`
      )
      equal(bytes, encode(free(), before), `bytes before the frame over ${name}`)
    })
}

export const refusedEarly: Law = {
  promise: 'a frame over the limit is refused as soon as it can be known, before it is stored',
  applies: hasLimits,
  check: (subject) =>
    eachCase(subject, ({ name, codec, free, over, refusedBy }) => {
      const decoding = codec()
      onStream(decoding, drip(encode(free(), [over])), (batches) => {
        const decoder = decoding.decoder()
        let came = 0
        for (const chunks of batches) {
          came += join(chunks).length
          try {
            pushInto(decoder, chunks, [])
          } catch {
            return
          }
          holds(
            came < refusedBy,
            `a frame over ${name}: expected it to be refused with byte ${refusedBy - 1}, got no fault`
          )
        }
      })
    })
}

export const limitIsPerFrame: Law = {
  promise: 'a limit is one of a frame: many frames of the limit in one chunk pass',
  applies: (subject) => hasLimits(subject) && !endIsFrame(subject),
  check: (subject) =>
    eachCase(subject, ({ name, codec, free, fits, decoderOnly = false }) => {
      if (decoderOnly) return
      const frames = Array.from({ length: 50 }, () => fits)
      decodesAs(codec(), [[encode(free(), frames)]], { frames, fault: undefined }, `50 frames of exactly ${name}`)
    })
}
