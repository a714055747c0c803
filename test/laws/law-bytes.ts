/**
 * Laws of whose bytes are whose: what went in is not changed, what came out does not change any more.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { join } from './bytes.ts'
import { cut, cuttings } from './cuttings.ts'
import { encode, pushInto, sameFrames } from './outcome.ts'
import { forAll } from './settings.ts'
import { anyStreams } from './streams.ts'
import { endIsFrame, type Law, lists } from './subject.ts'

export const inputUntouched: Law = {
  name: 'chunks that come in are not changed, nor are the bytes around them',
  check: (subject) =>
    forAll(fc.tuple(anyStreams(subject), cuttings), 25, ([bytes, cutting]) => {
      const batches = cut(bytes, cutting)
      const backing = [...new Set(batches.flat().map((chunk) => chunk.buffer))].map((buffer) => new Uint8Array(buffer))
      const before = backing.map((chunk) => chunk.slice())
      const decoder = subject.codec().decoder()
      try {
        for (const chunks of batches) pushInto(decoder, chunks, [])
        decoder.end?.([])
      } catch {
        // bad bytes are other laws' business
      }
      assert.deepEqual(backing, before)
    })
}

export const framesStay: Law = {
  name: 'a frame given out never changes, whatever comes in later',
  check: (subject) =>
    forAll(fc.tuple(lists(subject, 8), cuttings), 25, ([frames, cutting]) => {
      const decoder = subject.codec().decoder()
      const seen: typeof frames = []
      const snapshots: typeof frames = []
      const batches = cut(encode(subject.codec(), endIsFrame(subject) ? frames : [...frames, ...frames]), cutting)
      for (const chunks of batches) {
        pushInto(decoder, chunks, seen)
        snapshots.push(...seen.slice(snapshots.length).map((frame) => structuredClone(frame)))
      }
      decoder.end?.(seen)
      snapshots.push(...seen.slice(snapshots.length))
      sameFrames(seen, snapshots, 'later')
    })
}

export const encodedStays: Law = {
  name: 'an encoder changes no frame, and the chunks it gave out never change',
  check: (subject) =>
    forAll(fc.tuple(lists(subject, 8), fc.nat(7)), 25, ([frames, size]) => {
      const before = structuredClone(frames)
      const encoder = subject.codec().encoder()
      const out: Uint8Array[] = []
      const snapshots: Uint8Array[] = []
      for (let at = 0; at < frames.length; at += size + 1) {
        encoder.push(frames.slice(at, at + size + 1), out)
        snapshots.push(...out.slice(snapshots.length).map((chunk) => new Uint8Array(chunk)))
      }
      encoder.end?.(out)
      sameFrames(frames, before, 'the frames')
      const written = join(out).subarray(0, join(snapshots).length)
      assert.deepEqual(written, join(snapshots), 'a chunk changed after it was given out')
    })
}
