/**
 * Laws of `frames: n` and `rest()`: what a change of protocol in the middle of a stream stands on.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DONE } from '../../lib/symbols.ts'
import { hex, join } from './bytes.ts'
import { cut, cuttings, drip, exhaustive } from './cuttings.ts'
import { borders } from './law-cutting.ts'
import { decode, encode, pushInto, sameFrames } from './outcome.ts'
import { forAll } from './settings.ts'
import { garbage } from './streams.ts'
import { endIsFrame, type Law, lists, manyFrames, type Subject } from './subject.ts'

/** Bytes of another protocol, which this one may find faulty: they are none of its business. */
function whatFollows<F>(subject: Subject<F>): fc.Arbitrary<Uint8Array> {
  return fc.oneof(garbage, ...(subject.faults ?? []).map((fault) => fc.constant(fault)))
}

export const restIsAllOfIt: Law = {
  name: 'frames: n, then rest() and the chunks not pushed: exactly the bytes behind frame n, for every n and cutting',
  applies: manyFrames,
  check: (subject) =>
    forAll(fc.tuple(lists(subject, 4), whatFollows(subject), cuttings), 20, ([list, behind, cutting]) => {
      const frames = [subject.small, ...list]
      const bytes = join([encode(subject.codec(), frames), behind])
      const ends = borders(subject, frames)
      for (const [index, end] of ends.entries()) {
        const n = index + 1
        for (const batches of [[[bytes.slice()]], drip(bytes), drip(bytes, true), cut(bytes, cutting)]) {
          const outcome = decode(subject.codec(), batches, { frames: n })
          sameFrames(outcome.frames, frames.slice(0, n), `frames: ${n}`)
          assert.ok(outcome.rest, `frames: ${n} must be DONE: ${outcome.fault?.message}`)
          assert.equal(hex(outcome.rest), hex(bytes.subarray(end)), `rest of frames: ${n}`)
        }
      }
    })
}

export const restAtEveryCut: Law = {
  name: 'frames: 1 and rest(), with more frames behind, other bytes, and faults: every cut, every pair of cuts',
  applies: manyFrames,
  check: (subject) => {
    const one = encode(subject.codec(), [subject.small])
    const other = Uint8Array.of(0xff, 0x00, 0x80)
    for (const behind of [join([one, other]), ...(subject.faults ?? [])]) {
      const bytes = join([one, behind])
      for (const [how, batches] of exhaustive(bytes, 24)) {
        const { rest, frames, fault } = decode(subject.codec(), batches, { frames: 1 })
        assert.equal(fault, undefined, `${how}: ${fault?.message}`)
        assert.equal(frames.length, 1, how)
        assert.equal(rest && hex(rest), hex(behind), how)
      }
    }
  }
}

export const doneAtOnce: Law = {
  name: 'DONE comes with the last byte of frame n, and a fault behind it is not seen',
  applies: manyFrames,
  check: (subject) => {
    for (const fault of [new Uint8Array(0), ...(subject.faults ?? [])]) {
      forAll(fc.tuple(lists(subject, 3), fc.boolean()), 6, ([list, together]) => {
        doneInFrontOf(subject, [subject.small, ...list], fault, together)
      })
    }
  }
}

function doneInFrontOf<F>(subject: Subject<F>, frames: F[], fault: Uint8Array, together: boolean): void {
  const good = encode(subject.codec(), frames)
  const decoder = subject.codec().decoder({ frames: frames.length })
  const seen: F[] = []
  for (const [index, chunks] of drip(good).entries()) {
    const last = index === good.length - 1
    const behind = together ? [join([...chunks, fault])] : [...chunks, fault.slice()]
    const answer = pushInto(decoder, last ? behind : chunks, seen)
    assert.equal(answer === DONE, last, `after byte ${index + 1} of ${good.length}`)
  }
  sameFrames(seen, frames, 'at DONE')
  assert.equal(hex(join(decoder.rest())), hex(fault))
  decoder.end?.(seen) // a loop may call it after DONE: there is nothing to add and nothing missing
  sameFrames(seen, frames, 'after DONE and end()')
}

export const oneFrameAtTheEnd: Law = {
  name: 'frames: 1 where the end is the frame: the whole stream, and no rest',
  applies: endIsFrame,
  check: (subject) =>
    forAll(fc.tuple(lists(subject), cuttings), 40, ([frames, cutting]) => {
      const outcome = decode(subject.codec(), cut(encode(subject.codec(), frames), cutting), { frames: 1 })
      assert.equal(outcome.fault, undefined)
      assert.equal(outcome.rest, undefined, 'DONE cannot come before the end')
      sameFrames(outcome.frames, frames, 'frames: 1')
    })
}
