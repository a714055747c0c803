/**
 * Laws of the end of a stream: on a frame border it is clean, inside a frame it is an error that says what is missing,
 * at every byte.
 */
import fc from 'fast-check'
import { UnexpectedEndError } from '../errors.ts'
import { join } from './bytes.ts'
import { onStream } from './counterexample.ts'
import { type Batches, cut, cuttings, drip } from './cuttings.ts'
import { forAll } from './for-all.ts'
import { equal, holds } from './mismatch.ts'
import { decodesAs, decodeWhole, encode, peerFault, pushInto, sameFrames, showFault } from './outcome.ts'
import { show } from './show.ts'
import { lists } from './streams.ts'
import { endIsFrame, hasBig, type Law, manyFrames, type Subject } from './subject.ts'

/** How much of what came is in the error. */
const PARTIAL_BYTES = 4096

export const truncation: Law = {
  promise: 'a stream cut off at any byte: the whole frames, then an error with phase, had, needed and the bytes',
  applies: manyFrames,
  check: (subject) =>
    forAll(subject, fc.tuple(lists(subject, 3), cuttings), 10, ([frames, cutting]) => {
      const wires = frames.map((frame) => encode(subject.codec(), [frame]))
      const bytes = encode(subject.codec(), frames)
      for (let length = 0; length <= bytes.length; length += 1) {
        const part = bytes.subarray(0, length)
        const batches = length % 3 === 0 ? [[part.slice()]] : length % 3 === 1 ? drip(part) : cut(part, cutting)
        cutOffAt(subject, frames, wires, batches)
      }
    })
}

function cutOffAt<F>(subject: Subject<F>, frames: readonly F[], wires: readonly Uint8Array[], batches: Batches): void {
  const codec = subject.codec()
  const { length } = join(batches.flat())
  let start = 0
  let whole = 0
  while (whole < wires.length && start + wires[whole]!.length <= length) {
    start += wires[whole]!.length
    whole += 1
  }
  const had = length - start
  onStream(codec, batches, (cut) => {
    const decoder = codec.decoder()
    const seen: F[] = []
    for (const chunks of cut) pushInto(decoder, chunks, seen)
    const held = decoder.held()
    const error = thrownBy(() => decoder.end?.(seen))
    sameFrames(seen, frames.slice(0, whole), `cut off behind byte ${length - 1}`)
    if (had === 0) return equal(error, undefined, 'the end of the stream between two frames')
    const wire = wires[whole]!
    cutOffInside(error, wire.subarray(0, had), subject.cutOff?.(wire, had))
    equal(held, had, 'held() before the end')
  })
}

/** @param came the bytes of the frame that came */
function cutOffInside(error: unknown, came: Uint8Array, expected: object | undefined): void {
  const seen = error instanceof Error ? show(error) : 'a clean end'
  holds(
    error instanceof UnexpectedEndError,
    `the end of the stream inside a frame: expected an UnexpectedEndError, got ${seen}`
  )
  equal(error.had, came.length, 'had of the UnexpectedEndError')
  const { phase, needed } = error
  if (expected !== undefined)
    equal({ phase, needed }, expected, `UnexpectedEndError after ${came.length} bytes of a frame`)
  if (came.length <= PARTIAL_BYTES) equal(plain(error.partial), plain(came), 'partial of the UnexpectedEndError')
  holds(
    error.partial.length <= PARTIAL_BYTES,
    `expected partial to be at most 4 KiB, got ${error.partial.length} bytes`
  )
}

/** Of no importance here: whether bytes are a Buffer. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

function thrownBy(run: () => void): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}

export const bigTruncation: Law = {
  promise: 'the error of a large frame cut off shows the first 4 KiB of it, as a copy',
  applies: (subject) => manyFrames(subject) && hasBig(subject),
  check: (subject) => {
    const { codec, frame } = subject.big!(10_000)
    const wire = encode(codec, [frame])
    for (const size of [1, 700, 8000]) {
      const decoder = codec.decoder()
      const chunks: Uint8Array[] = []
      for (let at = 0; at < 8000; at += size) chunks.push(wire.slice(at, Math.min(at + size, 8000)))
      for (const chunk of chunks) decoder.push([chunk], [])
      const error = thrownBy(() => decoder.end?.([]))
      cutOffInside(error, wire.subarray(0, 8000), undefined)
      for (const chunk of chunks) chunk.fill(0)
      const { partial } = error as UnexpectedEndError
      equal(plain(partial), plain(wire.subarray(0, PARTIAL_BYTES)), `partial in chunks of ${size} that changed later`)
    }
  }
}

export const endIsTheFrame: Law = {
  promise: 'the end of the stream is the end of its one frame, also of an empty one, and never a truncation',
  applies: endIsFrame,
  check: (subject) =>
    forAll(subject, fc.tuple(lists(subject), fc.nat()), 40, ([frames, at]) => {
      const codec = subject.codec()
      const bytes = encode(codec, frames)
      const part = bytes.subarray(0, at % (bytes.length + 1))
      onStream(codec, drip(part), (batches) => {
        const decoder = codec.decoder()
        const seen: typeof frames = []
        for (const chunks of batches) pushInto(decoder, chunks, seen)
        equal(seen.length, 0, 'frames before the end')
        equal(decoder.held(), part.length, 'held() before the end')
        const error = thrownBy(() => decoder.end?.(seen))
        if (error === undefined) equal(seen.length, 1, 'frames at the end')
        else equal(peerFault(error).code, 'ERR_MALFORMED_FRAME', 'the fault at the end')
      })
    })
}

export const emptyStream: Law = {
  promise: 'an empty stream: no frame, or one empty frame where the end is the frame; it encodes to nothing',
  check: (subject) => {
    const codec = subject.codec()
    equal(encode(codec, []).length, 0, 'bytes of no frame')
    if (!endIsFrame(subject)) return decodesAs(codec, [], { frames: [], fault: undefined }, 'an empty stream')
    const { frames, fault } = decodeWhole(codec, new Uint8Array(0))
    if (fault === undefined) equal(encode(codec, frames).length, 0, 'bytes of the frame of an empty stream')
    else holds(fault.code === 'ERR_MALFORMED_FRAME', `an empty stream: expected a frame, got ${showFault(fault)}`)
  }
}

export const deadDecoder: Law = {
  promise: 'a decoder that threw gives out nothing more and throws the same error object again',
  applies: (subject) => manyFrames(subject) && (subject.faults ?? []).length > 0,
  check: (subject) => {
    const codec = subject.codec()
    const good = encode(codec, [subject.small])
    for (const fault of subject.faults ?? []) {
      onStream(codec, [[fault.slice()]], (batches) => {
        const decoder = codec.decoder()
        const first = thrownBy(() => {
          for (const chunks of batches) decoder.push(chunks, [])
          decoder.end?.([])
        })
        peerFault(first)
        const late: (typeof subject.small)[] = []
        for (const [call, again] of [
          ['push()', () => decoder.push([good.slice()], late)],
          ['push() of nothing', () => decoder.push([], late)],
          ['end()', () => decoder.end?.(late)]
        ] as const) {
          const second = thrownBy(again)
          const seen = second === undefined ? 'no error' : show(second)
          holds(second === first, `${call} behind a fault: expected the same error object, got ${seen}`)
          sameFrames(late, [], `${call} behind a fault`)
        }
      })
    }
  }
}
