/**
 * Laws of the encoder: what it writes reads back as the same frames or is refused, and it writes few chunks.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decodeWhole, encode, encodeBatches, sameFrames } from './outcome.ts'
import { forAll } from './settings.ts'
import { endIsFrame, type Law, lists, manyFrames, type Subject } from './subject.ts'

/** One write may be larger, but no encoder needs more of them than one for so many bytes. */
const CHUNK_BYTES = 64 * 1024
/** An encoder that does not know how much will come may start with a buffer of so many bytes and double it. */
const FIRST_BYTES = 256

export const refusesOrKeeps: Law = {
  name: 'any value is refused or reads back as itself: nothing can be smuggled into the next frame',
  check: (subject) =>
    forAll(fc.array(subject.anything, { minLength: 1, maxLength: endIsFrame(subject) ? 1 : 3 }), 150, (values) => {
      const { bytes, fault } = encodeBatches(subject.codec(), [values])
      const outcome = decodeWhole(subject.codec(), bytes)
      if (endIsFrame(subject) && fault !== undefined) {
        assert.equal(bytes.length, 0, 'bytes of a refused frame')
        return
      }
      assert.equal(outcome.fault, undefined, 'the decoder does not take what the encoder wrote')
      if (fault === undefined) return sameFrames(outcome.frames, values, 'written without a word')
      assert.equal(fault.code, 'ERR_FRAME_REFUSED')
      sameFrames(outcome.frames, values.slice(0, outcome.frames.length), 'before the refused frame')
      assert.ok(outcome.frames.length < values.length)
    })
}

export const goodFramesWritten: Law = {
  name: 'frames before a refused one are written, nothing of it or behind it is',
  applies: (subject) => (subject.refused ?? []).length > 0,
  check: (subject) => {
    for (const refused of subject.refused ?? []) {
      const before = endIsFrame(subject) ? [] : [subject.small, subject.small]
      for (const batches of [
        [[...before, refused, subject.small]],
        [before, [refused, subject.small]],
        [...before, refused].map((frame) => [frame])
      ]) {
        const { bytes, fault } = encodeBatches(subject.codec(), batches)
        assert.equal(fault?.code, 'ERR_FRAME_REFUSED', `${String(refused)} was not refused`)
        assert.deepEqual(bytes, encode(subject.codec(), before))
      }
    }
  }
}

export const batchesDoNotMatter: Law = {
  name: 'the bytes do not depend on how the frames are batched',
  applies: manyFrames,
  check: (subject) =>
    forAll(fc.tuple(lists(subject, 10), fc.array(fc.nat(4), { maxLength: 10 })), 25, ([frames, sizes]) => {
      const batches: (typeof frames)[] = []
      let at = 0
      for (const size of sizes) {
        batches.push(frames.slice(at, at + size))
        at += size
      }
      batches.push(frames.slice(at))
      const { bytes } = encodeBatches(subject.codec(), batches)
      assert.deepEqual(bytes, encode(subject.codec(), frames))
    })
}

export const packs: Law = {
  name: 'a batch of small frames is packed into few chunks: one for each 64 KiB or so',
  applies: manyFrames,
  check: (subject) => {
    for (const count of [1, 10, 1000, 20_000]) assertPacked(subject, count)
  }
}

function assertPacked<F>(subject: Subject<F>, count: number): void {
  const { chunks, bytes } = encodeBatches(subject.codec(), [Array.from({ length: count }, () => subject.small)])
  const doubling = Math.ceil(Math.log2(Math.max(1, Math.min(bytes.length, CHUNK_BYTES) / FIRST_BYTES)))
  const allowed = Math.ceil(bytes.length / CHUNK_BYTES) + doubling + 1
  assert.ok(chunks.length <= allowed, `${count} small frames, ${bytes.length} bytes, in ${chunks.length} chunks`)
}

export const oneFrameOnly: Law = {
  name: 'where the end is the frame, an encoder takes one frame and refuses a second',
  applies: endIsFrame,
  check: (subject) => {
    for (const batches of [[[subject.small, subject.small]], [[subject.small], [], [subject.small]]]) {
      const { bytes, fault } = encodeBatches(subject.codec(), batches)
      assert.equal(fault?.code, 'ERR_FRAME_REFUSED')
      assert.deepEqual(bytes, encode(subject.codec(), [subject.small]))
    }
  }
}
