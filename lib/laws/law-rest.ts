/**
 * Laws of `frames: n` and `rest()`: what a change of protocol in the middle of a stream stands on.
 */
import fc from 'fast-check'
import { DONE } from '../symbols.ts'
import { join } from './bytes.ts'
import { onStream } from './counterexample.ts'
import { type Batches, cut, cuttings, drip, exhaustive } from './cuttings.ts'
import { forAll } from './for-all.ts'
import { borders } from './law-cutting.ts'
import { equal, holds } from './mismatch.ts'
import { decode, encode, pushInto, sameFrames, showFault } from './outcome.ts'
import { garbage, lists } from './streams.ts'
import { endIsFrame, type Law, manyFrames, type Subject } from './subject.ts'

/** Bytes of another protocol, which this one may find faulty: they are none of its business. */
function whatFollows<F>(subject: Subject<F>): fc.Arbitrary<Uint8Array> {
  return fc.oneof(garbage, ...(subject.faults ?? []).map((fault) => fc.constant(fault)))
}

/** Decodes just these frames, and looks at what is left. */
function decodesJust<F>(subject: Subject<F>, batches: Batches, frames: F[], left: Uint8Array): void {
  const codec = subject.codec()
  const how = `frames: ${frames.length}`
  onStream(codec, batches, (cut) => {
    const outcome = decode(codec, cut, { frames: frames.length })
    sameFrames(outcome.frames, frames, how)
    holds(
      outcome.rest,
      `${how}: expected DONE, got ${outcome.fault ? showFault(outcome.fault) : 'the end of the stream'}`
    )
    equal(outcome.rest, left, `${how}: rest() and what was not pushed`)
  })
}

export const restIsAllOfIt: Law = {
  promise:
    'frames: n, then rest() and the chunks not pushed: exactly the bytes behind frame n, for every n and cutting',
  applies: manyFrames,
  check: (subject) => {
    const cases = fc.tuple(lists(subject, 4), whatFollows(subject), cuttings)
    forAll(subject, cases, 20, ([list, behind, cutting]) => {
      const frames = [subject.small, ...list]
      const bytes = join([encode(subject.codec(), frames), behind])
      const ends = borders(subject, frames)
      for (const [index, end] of ends.entries()) {
        for (const batches of [[[bytes.slice()]], drip(bytes), drip(bytes, true), cut(bytes, cutting)]) {
          decodesJust(subject, batches, frames.slice(0, index + 1), bytes.slice(end))
        }
      }
    })
  }
}

export const restAtEveryCut: Law = {
  promise: 'frames: 1 and rest(), with more frames behind, other bytes, and faults: every cut, every pair of cuts',
  applies: manyFrames,
  check: (subject) => {
    const one = encode(subject.codec(), [subject.small])
    const other = Uint8Array.of(0xff, 0x00, 0x80)
    for (const behind of [join([one, other]), ...(subject.faults ?? [])]) {
      const bytes = join([one, behind])
      for (const batches of exhaustive(bytes, 24)) decodesJust(subject, batches, [subject.small], join([behind]))
    }
  }
}

export const doneAtOnce: Law = {
  promise: 'DONE comes with the last byte of frame n, and a fault behind it is not seen',
  applies: manyFrames,
  check: (subject) => {
    for (const fault of [new Uint8Array(0), ...(subject.faults ?? [])]) {
      forAll(subject, fc.tuple(lists(subject, 3), fc.boolean()), 6, ([list, together]) => {
        doneInFrontOf(subject, [subject.small, ...list], fault, together)
      })
    }
  }
}

function doneInFrontOf<F>(subject: Subject<F>, frames: F[], fault: Uint8Array, together: boolean): void {
  const codec = subject.codec()
  const good = encode(codec, frames)
  const byBytes = drip(good)
  const last = byBytes.pop() ?? []
  onStream(codec, [...byBytes, together ? [join([...last, fault])] : [...last, fault.slice()]], (batches) => {
    const decoder = codec.decoder({ frames: frames.length })
    const seen: F[] = []
    let came = 0
    for (const chunks of batches) {
      came += join(chunks).length
      const done = pushInto(decoder, chunks, seen) === DONE
      equal(done, came >= good.length, `frames: ${frames.length}: DONE after ${came} of ${good.length} bytes`)
      if (done) break
    }
    sameFrames(seen, frames, `frames: ${frames.length}`)
    equal(join(decoder.rest()), join([fault]), `frames: ${frames.length}: rest()`)
    decoder.end?.(seen) // a loop may call it after DONE: there is nothing to add and nothing missing
    sameFrames(seen, frames, 'after DONE and end()')
  })
}

export const oneFrameAtTheEnd: Law = {
  promise: 'frames: 1 where the end is the frame: the whole stream, and no rest',
  applies: endIsFrame,
  check: (subject) =>
    forAll(subject, fc.tuple(lists(subject), cuttings), 40, ([frames, cutting]) => {
      const codec = subject.codec()
      onStream(codec, cut(encode(codec, frames), cutting), (batches) => {
        const outcome = decode(codec, batches, { frames: 1 })
        equal(showFault(outcome.fault), showFault(undefined), 'frames: 1')
        equal(outcome.rest, undefined, 'rest(), as DONE cannot come before the end')
        sameFrames(outcome.frames, frames, 'frames: 1')
      })
    })
}
