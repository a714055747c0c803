/**
 * Laws of the decoder: what comes out depends on the bytes alone, never on how the network cut them.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { join } from './bytes.ts'
import { cut, cuttings, drip, exhaustive } from './cuttings.ts'
import { decode, decodeWhole, encode, pushInto, sameFrames, sameOutcome } from './outcome.ts'
import { forAll } from './settings.ts'
import { anyStreams, goodStreams } from './streams.ts'
import { type Law, lists, manyFrames, type Subject } from './subject.ts'

export const roundTrip: Law = {
  name: 'decode(encode(frames)) = frames',
  check: (subject) =>
    forAll(lists(subject, 12), 30, (frames) => {
      const outcome = decodeWhole(subject.codec(), encode(subject.codec(), frames))
      assert.equal(outcome.fault, undefined)
      sameFrames(outcome.frames, frames, 'whole')
    })
}

export const everyCut: Law = {
  name: 'the same frames however the bytes are cut: byte by byte, at every place, at every two places',
  check: (subject) => {
    forAll(lists(subject, 3), 5, (frames) => {
      const bytes = encode(subject.codec(), frames)
      for (const [how, batches] of exhaustive(bytes.subarray(0, 80), 20)) {
        if (bytes.length > 80) batches.push([bytes.slice(80)])
        sameOutcome(decode(subject.codec(), batches), { frames, fault: undefined }, how)
      }
    })
  }
}

export const randomCuts: Law = {
  name: 'the same frames in random cuttings with empty chunks and empty batches among them',
  check: (subject) =>
    forAll(fc.tuple(lists(subject, 12), cuttings), 30, ([frames, cutting]) => {
      const batches = cut(encode(subject.codec(), frames), cutting)
      sameOutcome(decode(subject.codec(), batches), { frames, fault: undefined }, 'random cutting')
    })
}

export const damagedCuts: Law = {
  name: 'damaged bytes and garbage: the same frames and the same fault in every cutting, and only faults of the peer',
  check: (subject) => {
    forAll(fc.tuple(anyStreams(subject), cuttings), 35, ([bytes, cutting]) => {
      const expected = decodeWhole(subject.codec(), bytes)
      sameOutcome(decode(subject.codec(), cut(bytes, cutting)), expected, 'random cutting')
      sameOutcome(decode(subject.codec(), drip(bytes)), expected, 'byte by byte')
      sameOutcome(decode(subject.codec(), drip(bytes, true)), expected, 'byte by byte in one batch')
    })
    forAll(anyStreams(subject), 5, (bytes) => {
      const expected = decodeWhole(subject.codec(), bytes)
      for (const [how, batches] of exhaustive(bytes, 16)) sameOutcome(decode(subject.codec(), batches), expected, how)
    })
  }
}

export const goodFramesFirst: Law = {
  name: 'a fault swallows no good frame in front of it, and nothing comes behind it',
  applies: (subject) => manyFrames(subject) && (subject.faults ?? []).length > 0,
  check: (subject) => {
    for (const fault of subject.faults ?? []) {
      const more = fc.oneof(goodStreams(subject), fc.constantFrom(...(subject.faults ?? [])))
      forAll(fc.tuple(lists(subject, 5), more, cuttings), 10, ([frames, behind, cutting]) => {
        const bytes = join([encode(subject.codec(), frames), fault, behind])
        const outcome = decodeWhole(subject.codec(), bytes)
        sameFrames(outcome.frames, frames, 'whole')
        assert.ok(outcome.fault, 'bad bytes were taken for good ones')
        sameOutcome(decode(subject.codec(), cut(bytes, cutting)), outcome, 'random cutting')
        sameOutcome(decode(subject.codec(), drip(bytes)), outcome, 'byte by byte')
      })
    }
  }
}

/** Where each frame of a list ends on the wire; the encoders of framings with many frames on a stream keep no state. */
export function borders<F>(subject: Subject<F>, frames: readonly F[]): number[] {
  let at = 0
  return frames.map((frame) => {
    at += encode(subject.codec(), [frame]).length
    return at
  })
}

/** A decoder that waits for one byte more than the frame has makes a question wait for the next question. */
export const prompt: Law = {
  name: 'a frame is given out with its last byte, not later and not sooner',
  applies: manyFrames,
  check: (subject) =>
    forAll(lists(subject, 4), 15, (frames) => {
      const ends = borders(subject, frames)
      const decoder = subject.codec().decoder()
      const seen: (typeof frames)[number][] = []
      for (const [index, chunks] of drip(encode(subject.codec(), frames)).entries()) {
        pushInto(decoder, chunks, seen)
        assert.equal(seen.length, ends.filter((end) => end <= index + 1).length, `after byte ${index + 1}`)
      }
    })
}

export const independent: Law = {
  name: 'two decoders of one codec share nothing',
  check: (subject) =>
    forAll(fc.tuple(goodStreams(subject), anyStreams(subject)), 15, ([mine, other]) => {
      const codec = subject.codec()
      const expected = decodeWhole(codec, mine)
      const [one, two] = [codec.decoder(), codec.decoder()]
      const frames: typeof expected.frames = []
      let alive = true
      for (let index = 0; index < Math.max(mine.length, other.length); index += 1) {
        if (index < mine.length) one.push([mine.slice(index, index + 1)], frames)
        try {
          if (alive && index < other.length) two.push([other.slice(index, index + 1)], [])
        } catch {
          alive = false // the fault of the other stream is none of ours
        }
      }
      one.end?.(frames)
      sameFrames(frames, expected.frames, 'beside another decoder')
    })
}

/** Large chunks take other roads than small ones: they are kept by reference. */
export const bigCuts: Law = {
  name: 'the same frame from large chunks, small ones and both',
  check: (subject) => {
    const sizes = fc.array(fc.constantFrom(1, 5, 100, 4095, 4096, 5000, 9000), { minLength: 1, maxLength: 8 })
    for (const buffers of [true, false]) {
      for (const short of [0, 1, 2, 3, 4, 5]) bigCut(subject, { bytes: 6000, sizes: [9000], short, buffers })
      const bytes = fc.integer({ min: 5000, max: 30_000 })
      const streams = fc.record({ bytes, sizes, short: fc.nat(6), buffers: fc.constant(buffers) })
      forAll(streams, 6, (stream) => bigCut(subject, stream))
    }
  }
}

interface BigStream {
  readonly bytes: number
  readonly sizes: readonly number[]
  /** The first chunk is the first frame but for so many bytes: the end of a frame by itself is a case of its own. */
  readonly short: number
  /** Whether the chunks are Node's `Buffer`s, as a socket gives them out. */
  readonly buffers: boolean
}

function bigCut<F>(subject: Subject<F>, { bytes, sizes, short, buffers }: BigStream): void {
  const { codec, frame } = subject.big(bytes)
  const frames = manyFrames(subject) ? [frame, frame] : [frame]
  const wire = encode(codec, frames)
  const first = encode(codec, [frame]).length - short
  const batches: Uint8Array[][] = []
  for (let at = 0, index = 0; at < wire.length; index += 1) {
    const size = index === 0 ? first : sizes[index % sizes.length]!
    const chunk = wire.slice(at, at + size)
    batches.push([buffers ? Buffer.from(chunk.buffer) : chunk])
    at += size
  }
  sameOutcome(decode(codec, batches), { frames, fault: undefined }, 'large and small chunks')
}
