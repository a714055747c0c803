/**
 * Laws of the decoder: what comes out depends on the bytes alone, never on how the network cut them.
 */
import fc from 'fast-check'
import { join } from './bytes.ts'
import { onStream } from './counterexample.ts'
import { type Batches, cut, cuttings, drip, exhaustive } from './cuttings.ts'
import { forAll } from './for-all.ts'
import { equal, holds } from './mismatch.ts'
import {
  decode,
  decodesAs,
  decodeWhole,
  encode,
  type Outcome,
  peerFault,
  pushInto,
  sameFrames,
  sameOutcome
} from './outcome.ts'
import { anyStreams, goodStreams, lists } from './streams.ts'
import { hasBig, type Law, manyFrames, type Subject } from './subject.ts'

// Which cut it was stands in the bytes that are shown: it may have become a smaller one.
const cutLikeThis = 'cut like this'
const otherThanWhole = 'cut like this, other than in one chunk'

/** What good bytes must give. */
const good = <F>(frames: readonly F[]): Outcome<F> => ({ frames, fault: undefined })

export const roundTrip: Law = {
  promise: 'decode(encode(frames)) = frames',
  check: (subject) =>
    forAll(subject, lists(subject, 12), 30, (frames) => {
      const bytes = encode(subject.codec(), frames)
      decodesAs(subject.codec(), [[bytes]], good(frames), 'in one chunk')
    })
}

export const everyCut: Law = {
  promise: 'the same frames however the bytes are cut: at every place, at every two places, byte by byte',
  check: (subject) =>
    forAll(subject, lists(subject, 3), 5, (frames) => {
      const bytes = encode(subject.codec(), frames)
      for (const batches of exhaustive(bytes.subarray(0, 80), 20)) {
        if (bytes.length > 80) batches.push([bytes.slice(80)])
        decodesAs(subject.codec(), batches, good(frames), cutLikeThis)
      }
    })
}

export const randomCuts: Law = {
  promise: 'the same frames in random cuttings with empty chunks and empty batches among them',
  check: (subject) =>
    forAll(subject, fc.tuple(lists(subject, 12), cuttings), 30, ([frames, cutting]) => {
      const batches = cut(encode(subject.codec(), frames), cutting)
      decodesAs(subject.codec(), batches, good(frames), cutLikeThis)
    })
}

export const examplesRead: Law = {
  promise: 'what others wrote is read as the frames it carries, in every cutting',
  applies: (subject) => (subject.examples ?? []).length > 0,
  check: (subject) => {
    for (const { bytes, frames } of subject.examples ?? []) {
      decodesAs(subject.codec(), [[bytes.slice()]], good(frames), 'in one chunk')
      for (const batches of exhaustive(bytes, 20)) decodesAs(subject.codec(), batches, good(frames), cutLikeThis)
    }
  }
}

export const damagedCuts: Law = {
  promise:
    'damaged bytes and garbage: the same frames and the same fault in every cutting, and only faults of the peer',
  check: (subject) => {
    forAll(subject, fc.tuple(anyStreams(subject), cuttings), 35, ([bytes, cutting]) => {
      const expected = decodeWhole(subject.codec(), bytes)
      for (const batches of [cut(bytes, cutting), drip(bytes), drip(bytes, true)]) {
        decodesAs(subject.codec(), batches, expected, otherThanWhole)
      }
    })
    forAll(subject, anyStreams(subject), 5, (bytes) => {
      const expected = decodeWhole(subject.codec(), bytes)
      for (const batches of exhaustive(bytes, 16)) decodesAs(subject.codec(), batches, expected, otherThanWhole)
    })
  }
}

export const goodFramesFirst: Law = {
  promise: 'a fault swallows no good frame in front of it, and nothing comes behind it',
  applies: (subject) => manyFrames(subject) && (subject.faults ?? []).length > 0,
  check: (subject) => {
    for (const fault of subject.faults ?? []) {
      const more = fc.oneof(goodStreams(subject), fc.constantFrom(...(subject.faults ?? [])))
      forAll(subject, fc.tuple(lists(subject, 5), more, cuttings), 10, ([frames, behind, cutting]) => {
        const codec = subject.codec()
        const bytes = join([encode(codec, frames), fault, behind])
        const expected = onStream(codec, [[bytes]], (batches) => {
          const outcome = decode(codec, batches)
          sameFrames(outcome.frames, frames, 'in front of a fault')
          holds(outcome.fault, 'expected a fault, got none: bad bytes were taken for good ones')
          return outcome
        })
        for (const batches of [cut(bytes, cutting), drip(bytes)]) decodesAs(codec, batches, expected, otherThanWhole)
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
  promise: 'a frame is given out with its last byte, not later and not sooner',
  applies: manyFrames,
  check: (subject) =>
    forAll(subject, lists(subject, 4), 15, (frames) => {
      const ends = borders(subject, frames)
      const codec = subject.codec()
      onStream(codec, drip(encode(codec, frames)), (batches) => {
        const decoder = codec.decoder()
        const seen: typeof frames = []
        let came = 0
        for (const chunks of batches) {
          pushInto(decoder, chunks, seen)
          came += join(chunks).length
          equal(seen.length, ends.filter((end) => end <= came).length, `frames given out after byte ${came - 1}`)
        }
      })
    })
}

export const independent: Law = {
  promise: 'two decoders of one codec share nothing',
  check: (subject) =>
    forAll(subject, fc.tuple(goodStreams(subject), anyStreams(subject)), 15, ([mine, other]) => {
      const codec = subject.codec()
      const expected = decodeWhole(codec, mine)
      onStream(codec, drip(mine), (batches) => {
        const [one, two] = [codec.decoder(), codec.decoder()]
        const frames: (typeof expected.frames)[number][] = []
        const twoAlive = ignoringFaults()
        try {
          for (let index = 0; index < Math.max(batches.length, other.length); index += 1) {
            if (index < batches.length) one.push(batches[index]!, frames)
            if (index < other.length) twoAlive(() => two.push([other.slice(index, index + 1)], []))
          }
          one.end?.(frames)
        } catch (error) {
          sameOutcome({ frames, fault: peerFault(error) }, expected, 'beside another decoder')
        }
        sameFrames(frames, expected.frames, 'beside another decoder')
      })
    })
}

/** Runs calls until one throws: the faults of another stream are none of ours. */
function ignoringFaults(): (call: () => void) => void {
  let alive = true
  return (call) => {
    try {
      if (alive) call()
    } catch {
      alive = false
    }
  }
}

/** Large chunks take other roads than small ones: they are kept by reference. */
export const bigCuts: Law = {
  promise: 'the same frame from large chunks, small ones and both',
  applies: hasBig,
  check: (subject) => {
    const sizes = fc.array(fc.constantFrom(1, 5, 100, 4095, 4096, 5000, 9000), { minLength: 1, maxLength: 8 })
    for (const buffers of [true, false]) {
      for (const short of [0, 1, 2, 3, 4, 5]) bigCut(subject, { bytes: 6000, sizes: [9000], short, buffers })
      const bytes = fc.integer({ min: 5000, max: 30_000 })
      const streams = fc.record({ bytes, sizes, short: fc.nat(6), buffers: fc.constant(buffers) })
      forAll(subject, streams, 6, (stream) => bigCut(subject, stream))
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
  const { codec, frame } = subject.big!(bytes)
  const frames = manyFrames(subject) ? [frame, frame] : [frame]
  const wire = encode(codec, frames)
  const first = encode(codec, [frame]).length - short
  const batches: Batches = []
  for (let at = 0, index = 0; at < wire.length; index += 1) {
    const size = index === 0 ? first : sizes[index % sizes.length]!
    const chunk = wire.slice(at, at + size)
    batches.push([buffers ? Buffer.from(chunk.buffer) : chunk])
    at += size
  }
  decodesAs(codec, batches, good(frames), cutLikeThis)
}
