/**
 * Laws of work: it grows in a straight line with the bytes, whatever the cutting. Steps are counted, no clock is read:
 * eight times the input may cost eight times the steps, not sixty-four.
 */
import type { Codec } from '../types.ts'
import { measure } from './meter.ts'
import { holds } from './mismatch.ts'
import { encode } from './outcome.ts'
import { hasBig, type Law, manyFrames, type Subject } from './subject.ts'

const SMALL = 1024
const FACTOR = 8
/** A straight line gives 8, a square 64; the room is for buffers that double just behind the measured size. */
const MOST = 1.5 * FACTOR

/** What a run may do once whatever its size. */
const ONCE = 500

/** One run over so many bytes: the input is made first and not counted. */
type Run = (bytes: number) => () => void

interface Line {
  readonly how: string
  readonly run: Run
  readonly bytes?: number
}

/** Both sums must be straight lines: a square of few large pieces would not show beside the bytes copied once. */
function straightLines(lines: readonly Line[]): void {
  const runs = lines.flatMap(({ run, bytes = SMALL }) => {
    run(bytes)() // what is done once per process is not counted
    return [run(bytes), run(bytes * FACTOR)]
  })
  const works = measure(runs)
  for (const [index, { how, bytes = SMALL }] of lines.entries()) {
    const few = works[2 * index]!
    const many = works[2 * index + 1]!
    for (const sum of ['blocks', 'touched'] as const) {
      const most = MOST * few[sum] + ONCE
      holds(
        many[sum] <= most,
        `${how}: ${few[sum]} ${sum === 'blocks' ? 'steps' : 'bytes touched'} for ${bytes} bytes; ` +
          `expected at most ${most} for ${bytes * FACTOR}, got ${many[sum]}`
      )
    }
  }
}

function decoding<F>(codec: Codec<F>, batches: readonly Uint8Array[][]): () => void {
  return () => {
    const decoder = codec.decoder()
    const out: F[] = []
    for (const batch of batches) decoder.push(batch, out)
    decoder.end?.(out)
    if (out.length === 0) throw new Error('no frame')
  }
}

/** Chunks of `size` bytes, each in its own batch or all in one. */
function chunksOf(bytes: Uint8Array, size: number, oneBatch = false): Uint8Array[][] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size))
  return oneBatch ? [chunks] : chunks.map((chunk) => [chunk])
}

/** Bytes of as many small frames as fit. */
function stream<F>(subject: Subject<F>, bytes: number): Uint8Array {
  const one = encode(subject.codec(), [subject.small]).length
  return encode(
    subject.codec(),
    Array.from({ length: Math.ceil(bytes / one) }, () => subject.small)
  )
}

export const bigFrameWork: Law = {
  promise: 'work grows in a straight line: one big frame, byte by byte and in larger pieces',
  applies: hasBig,
  check: (subject) => {
    const cut = (bytes: number, size: number, oneBatch = false): (() => void) => {
      const { codec, frame } = subject.big!(bytes)
      return decoding(codec, chunksOf(encode(codec, [frame]), size, oneBatch))
    }
    straightLines([
      { how: 'byte by byte', run: (bytes) => cut(bytes, 1) },
      { how: '3 bytes at a time in one batch', run: (bytes) => cut(bytes, 3, true) },
      { how: '4 KiB at a time', run: (bytes) => cut(bytes, 4096), bytes: 128 * 1024 }
    ])
  }
}

export const manyFramesWork: Law = {
  promise: 'work grows in a straight line: many small frames, in one chunk, byte by byte, cut anywhere',
  applies: manyFrames,
  check: (subject) => {
    const cut = (bytes: number, size: number, oneBatch = false): (() => void) =>
      decoding(subject.codec(), chunksOf(stream(subject, bytes), size, oneBatch))
    straightLines([
      { how: 'in one chunk', run: (bytes) => cut(bytes, 1e9) },
      { how: 'byte by byte', run: (bytes) => cut(bytes, 1) },
      { how: '3 bytes at a time in one batch', run: (bytes) => cut(bytes, 3, true) }
    ])
  }
}

export const encoderWork: Law = {
  promise: 'work grows in a straight line: encoding one big frame, and many small ones',
  applies: (subject) => hasBig(subject) || manyFrames(subject),
  check: (subject) => {
    const big: Run = (bytes) => {
      const { codec, frame } = subject.big!(bytes)
      return () => encode(codec, [frame])
    }
    const list = (bytes: number): (typeof subject.small)[] => Array.from({ length: bytes / 8 }, () => subject.small)
    const small: Run = (bytes) => {
      const frames = list(bytes)
      return () => encode(subject.codec(), frames)
    }
    const one: Run = (bytes) => {
      const frames = list(bytes)
      return () => {
        const encoder = subject.codec().encoder()
        const out: Uint8Array[] = []
        for (const frame of frames) encoder.push([frame], out)
        encoder.end?.(out)
      }
    }
    const many = [
      { how: 'many small frames', run: small },
      { how: 'many batches of one', run: one }
    ]
    const large = [{ how: 'one big frame', run: big }]
    straightLines([...(hasBig(subject) ? large : []), ...(manyFrames(subject) ? many : [])])
  }
}
