/**
 * Laws of the end of a stream: on a frame border it is clean, inside a frame it is an error that says what is missing,
 * at every byte.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { UnexpectedEndError } from '../../lib/errors.ts'
import { hex } from './bytes.ts'
import { cut, cuttings, drip } from './cuttings.ts'
import { decodeWhole, encode, peerFault, pushInto, sameFrames } from './outcome.ts'
import { forAll } from './settings.ts'
import { endIsFrame, type Law, lists, manyFrames, type Subject } from './subject.ts'

/** How much of what came is in the error. */
const PARTIAL_BYTES = 4096

export const truncation: Law = {
  name: 'a stream cut off at any byte: the whole frames, then an error with phase, had, needed and the bytes',
  applies: manyFrames,
  check: (subject) =>
    forAll(fc.tuple(lists(subject, 3), cuttings), 10, ([frames, cutting]) => {
      const wires = frames.map((frame) => encode(subject.codec(), [frame]))
      const bytes = encode(subject.codec(), frames)
      for (let length = 0; length <= bytes.length; length += 1) {
        const part = bytes.subarray(0, length)
        const batches = length % 3 === 0 ? [[part.slice()]] : length % 3 === 1 ? drip(part) : cut(part, cutting)
        cutOffAt(subject, frames, wires, length, batches)
      }
    })
}

function cutOffAt<F>(
  subject: Subject<F>,
  frames: F[],
  wires: Uint8Array[],
  length: number,
  batches: Uint8Array[][]
): void {
  let start = 0
  let whole = 0
  while (whole < wires.length && start + wires[whole]!.length <= length) {
    start += wires[whole]!.length
    whole += 1
  }
  const had = length - start
  const decoder = subject.codec().decoder()
  const seen: F[] = []
  for (const chunks of batches) pushInto(decoder, chunks, seen)
  assert.equal(decoder.held(), had, `held() after ${length} bytes, ${had} of them in a frame that is not whole`)
  const error = thrownBy(() => decoder.end?.(seen))
  sameFrames(seen, frames.slice(0, whole), `cut off at ${length}`)
  if (had === 0) {
    assert.equal(error, undefined, `the end at ${length}, a frame border, is clean`)
    return
  }
  assert.ok(error instanceof UnexpectedEndError, `cut off at ${length}, inside a frame: ${error}`)
  const { phase, needed } = error
  const wire = wires[whole]!
  const expected = { had, ...subject.cutOff!(wire, had) }
  assert.deepEqual({ had: error.had, phase, needed }, expected, `cut off ${had} bytes into ${hex(wire)}`)
  if (had <= PARTIAL_BYTES) assert.equal(hex(error.partial), hex(wire.subarray(0, had)))
  assert.ok(error.partial.length <= PARTIAL_BYTES)
}

function thrownBy(run: () => void): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}

export const bigTruncation: Law = {
  name: 'the error of a large frame cut off shows the first 4 KiB of it, as a copy',
  applies: manyFrames,
  check: (subject) => {
    const { codec, frame } = subject.big(10_000)
    const wire = encode(codec, [frame])
    for (const size of [1, 700, 8000]) {
      const decoder = codec.decoder()
      const chunks: Uint8Array[] = []
      for (let at = 0; at < 8000; at += size) chunks.push(wire.slice(at, Math.min(at + size, 8000)))
      for (const chunk of chunks) decoder.push([chunk], [])
      const error = thrownBy(() => decoder.end?.([]))
      assert.ok(error instanceof UnexpectedEndError)
      assert.equal(error.had, 8000)
      for (const chunk of chunks) chunk.fill(0)
      assert.equal(hex(error.partial), hex(wire.subarray(0, PARTIAL_BYTES)), `in chunks of ${size}`)
    }
  }
}

export const endIsTheFrame: Law = {
  name: 'the end of the stream is the end of its one frame, also of an empty one, and never a truncation',
  applies: endIsFrame,
  check: (subject) =>
    forAll(fc.tuple(lists(subject), fc.nat()), 40, ([frames, at]) => {
      const bytes = encode(subject.codec(), frames)
      const part = bytes.subarray(0, at % (bytes.length + 1))
      const decoder = subject.codec().decoder()
      const seen: typeof frames = []
      for (const chunks of drip(part)) pushInto(decoder, chunks, seen)
      assert.deepEqual(seen, [], 'no frame before the end')
      assert.equal(decoder.held(), part.length)
      const error = thrownBy(() => decoder.end?.(seen))
      if (error === undefined) assert.equal(seen.length, 1)
      else assert.equal(peerFault(error).code, 'ERR_MALFORMED_FRAME')
    })
}

export const emptyStream: Law = {
  name: 'an empty stream: no frame, or one empty frame where the end is the frame; it encodes to nothing',
  check: (subject) => {
    const nothing = new Uint8Array(0)
    assert.equal(encode(subject.codec(), []).length, 0)
    const { frames, fault } = decodeWhole(subject.codec(), nothing)
    if (!endIsFrame(subject)) assert.deepEqual({ frames, fault }, { frames: [], fault: undefined })
    else if (fault === undefined) assert.equal(encode(subject.codec(), frames).length, 0)
    else assert.equal(fault.code, 'ERR_MALFORMED_FRAME')
  }
}

export const deadDecoder: Law = {
  name: 'a decoder that threw gives out nothing more and throws the same error object again',
  applies: (subject) => manyFrames(subject) && (subject.faults ?? []).length > 0,
  check: (subject) => {
    const good = encode(subject.codec(), [subject.small])
    for (const fault of subject.faults ?? []) {
      const decoder = subject.codec().decoder()
      const first = thrownBy(() => {
        decoder.push([fault.slice()], [])
        decoder.end?.([])
      })
      peerFault(first)
      for (const again of [
        () => decoder.push([good.slice()], []),
        () => decoder.push([], []),
        () => decoder.end?.([])
      ]) {
        assert.equal(thrownBy(again), first, 'a dead decoder must stay dead')
      }
      const late: (typeof subject.small)[] = []
      thrownBy(() => decoder.push([good.slice()], late))
      assert.deepEqual(late, [])
    }
  }
}
