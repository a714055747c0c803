/**
 * Laws of the encoder: what it writes reads back as the same frames or is refused, and it writes few chunks.
 */
import fc from 'fast-check'
import { onStream } from './counterexample.ts'
import { forAll } from './for-all.ts'
import { equal, holds } from './mismatch.ts'
import { decode, encode, encodeBatches, type Fault, sameFrames, showFault } from './outcome.ts'
import { show } from './show.ts'
import { lists } from './streams.ts'
import { endIsFrame, type Law, manyFrames, type Subject } from './subject.ts'

/** One write may be larger, but no encoder needs more of them than one for so many bytes. */
const CHUNK_BYTES = 64 * 1024
/** An encoder that does not know how much will come may start with a buffer of so many bytes and double it. */
const FIRST_BYTES = 256

function refused(fault: Fault | undefined, what: string): void {
  holds(
    fault?.code === 'ERR_FRAME_REFUSED',
    `expected ${what} to be refused (FrameRefusedError), got ${showFault(fault)}`
  )
}

export const refusesOrKeeps: Law = {
  promise: 'any value is refused or reads back as itself: nothing can be smuggled into the next frame',
  check: (subject) => {
    const lists = fc.array(subject.anything, { minLength: 1, maxLength: endIsFrame(subject) ? 1 : 3 })
    forAll(subject, lists, 150, (values) => {
      const codec = subject.codec()
      const { bytes, fault } = encodeBatches(codec, [values])
      if (fault !== undefined) refused(fault, 'a frame that is not written')
      if (endIsFrame(subject) && fault !== undefined) return equal(bytes.length, 0, 'bytes of a refused frame')
      onStream(codec, [[bytes]], (batches) => {
        const outcome = decode(codec, batches)
        holds(outcome.fault === undefined, `expected what was encoded to decode, got ${showFault(outcome.fault)}`)
        if (fault === undefined) return sameFrames(outcome.frames, values, 'written without a word')
        sameFrames(outcome.frames, values.slice(0, outcome.frames.length), 'before the refused frame')
        holds(outcome.frames.length < values.length, 'expected the refused frame not to be written, got it back')
      })
    })
  }
}

export const goodFramesWritten: Law = {
  promise: 'frames before a refused one are written, nothing of it or behind it is',
  applies: (subject) => (subject.refused ?? []).length > 0,
  check: (subject) => {
    for (const bad of subject.refused ?? []) {
      const before = endIsFrame(subject) ? [] : [subject.small, subject.small]
      for (const batches of [
        [[...before, bad, subject.small]],
        [before, [bad, subject.small]],
        [...before, bad].map((frame) => [frame])
      ]) {
        const { bytes, fault } = encodeBatches(subject.codec(), batches)
        refused(fault, show(bad))
        equal(bytes, encode(subject.codec(), before), `bytes written beside ${show(bad)}`)
      }
    }
  }
}

export const batchesDoNotMatter: Law = {
  promise: 'the bytes do not depend on how the frames are batched',
  applies: manyFrames,
  check: (subject) => {
    const cases = fc.tuple(lists(subject, 10), fc.array(fc.nat(4), { maxLength: 10 }))
    forAll(subject, cases, 25, ([frames, sizes]) => {
      const batches: (typeof frames)[] = []
      let at = 0
      for (const size of sizes) {
        batches.push(frames.slice(at, at + size))
        at += size
      }
      batches.push(frames.slice(at))
      const { bytes } = encodeBatches(subject.codec(), batches)
      equal(bytes, encode(subject.codec(), frames), `bytes of ${batches.length} batches`)
    })
  }
}

export const packs: Law = {
  promise: 'a batch of small frames is packed into few chunks: one for each 64 KiB or so',
  applies: manyFrames,
  check: (subject) => {
    for (const count of [1, 10, 1000, 20_000]) packed(subject, count)
  }
}

function packed<F>(subject: Subject<F>, count: number): void {
  const { chunks, bytes } = encodeBatches(subject.codec(), [Array.from({ length: count }, () => subject.small)])
  const doubling = Math.ceil(Math.log2(Math.max(1, Math.min(bytes.length, CHUNK_BYTES) / FIRST_BYTES)))
  const allowed = Math.ceil(bytes.length / CHUNK_BYTES) + doubling + 1
  holds(
    chunks.length <= allowed,
    `${count} frames in one batch, ${bytes.length} bytes: expected at most ${allowed} chunks, got ${chunks.length}`
  )
}

export const oneFrameOnly: Law = {
  promise: 'where the end is the frame, an encoder takes one frame and refuses a second',
  applies: endIsFrame,
  check: (subject) => {
    for (const batches of [[[subject.small, subject.small]], [[subject.small], [], [subject.small]]]) {
      const { bytes, fault } = encodeBatches(subject.codec(), batches)
      refused(fault, 'a second frame')
      equal(bytes, encode(subject.codec(), [subject.small]), 'bytes written')
    }
  }
}
