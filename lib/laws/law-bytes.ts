/**
 * Laws of whose bytes are whose: what went in is not changed, what came out does not change any more.
 */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { join } from './bytes.ts'
import { onStream } from './counterexample.ts'
import { cut, cuttings } from './cuttings.ts'
import { forAll } from './for-all.ts'
import { equal, holds } from './mismatch.ts'
import { encode, pushInto, sameFrames } from './outcome.ts'
import { anyStreams, lists } from './streams.ts'
import { endIsFrame, type Law } from './subject.ts'

export const inputUntouched: Law = {
  promise: 'chunks that come in are not changed, nor are the bytes around them',
  check: (subject) =>
    forAll(subject, fc.tuple(anyStreams(subject), cuttings), 25, ([bytes, cutting]) => {
      const codec = subject.codec()
      onStream(codec, cut(bytes, cutting), (batches) => {
        const buffers = [...new Set(batches.flat().map((chunk) => chunk.buffer))]
        const backing = buffers.map((buffer) => new Uint8Array(buffer))
        const before = backing.map((chunk) => chunk.slice())
        const decoder = codec.decoder()
        try {
          for (const chunks of batches) pushInto(decoder, chunks, [])
          decoder.end?.([])
        } catch {
          // bad bytes are other laws' business
        }
        const same = isDeepStrictEqual(backing, before)
        for (const [index, chunk] of backing.entries()) chunk.set(before[index]!) // to be shown, and tried again
        holds(same, 'chunks after the stream: expected their bytes to be as before, got others')
      })
    })
}

export const framesStay: Law = {
  promise: 'a frame given out never changes, whatever comes in later',
  check: (subject) =>
    forAll(subject, fc.tuple(lists(subject, 8), cuttings), 25, ([frames, cutting]) => {
      const codec = subject.codec()
      const bytes = encode(codec, endIsFrame(subject) ? frames : [...frames, ...frames])
      onStream(codec, cut(bytes, cutting), (batches) => {
        const decoder = codec.decoder()
        const seen: typeof frames = []
        const snapshots: typeof frames = []
        for (const chunks of batches) {
          pushInto(decoder, chunks, seen)
          snapshots.push(...seen.slice(snapshots.length).map((frame) => structuredClone(frame)))
        }
        decoder.end?.(seen)
        snapshots.push(...seen.slice(snapshots.length))
        sameFrames(seen, snapshots, 'frames looked at again at the end')
      })
    })
}

export const encodedStays: Law = {
  promise: 'an encoder changes no frame, and the chunks it gave out never change',
  check: (subject) =>
    forAll(subject, fc.tuple(lists(subject, 8), fc.nat(7)), 25, ([frames, size]) => {
      const before = structuredClone(frames)
      const encoder = subject.codec().encoder()
      const out: Uint8Array[] = []
      const snapshots: Uint8Array[] = []
      for (let at = 0; at < frames.length; at += size + 1) {
        encoder.push(frames.slice(at, at + size + 1), out)
        snapshots.push(...out.slice(snapshots.length).map((chunk) => new Uint8Array(chunk)))
      }
      encoder.end?.(out)
      sameFrames(frames, before, 'frames behind the encoder')
      const written = join(out).subarray(0, join(snapshots).length)
      equal(written, join(snapshots), 'chunks looked at again at the end')
    })
}
