/**
 * Laws of memory: it grows with the bytes that came, never with those announced, and a few bytes kept do not keep a
 * large buffer alive.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Decoder } from '../types.ts'
import { join } from './bytes.ts'
import { allocation } from './meter.ts'
import { equal, holds } from './mismatch.ts'
import { encode } from './outcome.ts'
import { hasBig, type Law, manyFrames, type Subject } from './subject.ts'

const KiB = 1024
/** What a decoder may take beside the bytes themselves: one piece of a few KiB to collect in. */
const SPARE = 16 * KiB
/** A large chunk, of which a codec keeps a few bytes. */
const CHUNK = 128 * KiB

export const announced: Law = {
  promise: 'memory follows the bytes received: a frame of 1 MiB announced and 100 bytes of it take less than 16 KiB',
  applies: hasBig,
  check: (subject) => {
    const { codec, frame } = subject.big!(1024 * KiB)
    const wire = encode(codec, [frame])
    const decoder = codec.decoder()
    const out: (typeof frame)[] = []
    const first = allocation(() => decoder.push([wire.slice(0, 100)], out))
    holds(first <= SPARE, `100 bytes received: expected buffers of at most 16 KiB, got ${first} bytes`)
    equal(decoder.held(), 100, 'held() after 100 bytes')
    // Doubling buffers: each byte was in buffers of 1 + 1/2 + 1/4 ... times twice the size at most.
    const more = 200 * KiB
    const chunks = Array.from({ length: more / 100 }, (_, index) => wire.slice(100 + index * 100, 200 + index * 100))
    const rest = allocation(() => {
      for (const chunk of chunks) decoder.push([chunk], out)
    })
    const most = 4 * more + SPARE
    holds(
      rest <= most,
      `${more} bytes received by the 100: expected at most ${most} bytes of buffers made, got ${rest}`
    )
    equal(decoder.held(), 100 + more, 'held() of a frame of 1 MiB')
    equal(out.length, 0, 'frames out of a part of one')
  }
}

export const bigChunksByReference: Law = {
  promise: 'large chunks are joined once: a frame of 1 MiB in chunks of 64 KiB costs about its size in new buffers',
  applies: hasBig,
  check: (subject) => {
    const { codec, frame } = subject.big!(1024 * KiB)
    const wire = encode(codec, [frame])
    const chunks: Uint8Array[] = []
    for (let at = 0; at < wire.length; at += 64 * KiB) chunks.push(wire.slice(at, at + 64 * KiB))
    const decoder = codec.decoder()
    const out: (typeof frame)[] = []
    const made = allocation(() => {
      for (const chunk of chunks) decoder.push([chunk], out)
      decoder.end?.(out)
    })
    equal(out.length, 1, 'frames')
    const most = 2 * wire.length + SPARE
    holds(made <= most, `a frame of ${wire.length} bytes: expected at most ${most} bytes of buffers made, got ${made}`)
  }
}

/** A garbage collection on demand, without a flag on the command line. */
const collectGarbage: () => void = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})()

export const pinsNothing: Law = {
  promise: 'bytes kept of an unfinished frame do not keep a much larger buffer alive that they came in',
  applies: (subject) => encode(subject.codec(), [subject.small]).length > 1,
  check: async (subject) => {
    const decoder = subject.codec().decoder()
    const buffers = [['the end of a large chunk', endOfFrames(subject, decoder)]] as [
      string,
      WeakRef<ArrayBufferLike>
    ][]
    const another = subject.big?.(20_000).codec.decoder()
    if (another !== undefined) buffers.push(['a small part of a large buffer', partOfBuffer(subject, another)])
    const kept = (): string[] => buffers.flatMap(([what, buffer]) => (buffer.deref() === undefined ? [] : [what]))
    for (let tries = 0; tries < 10 && (tries === 0 || kept().length > 0); tries += 1) {
      await turn() // what was looked at stays until the end of the turn
      collectGarbage()
    }
    equal(kept(), [], 'buffers that are kept alive for a few bytes of them')
    holds(decoder.held() > 0 && another?.held() !== 0, 'expected held() to be above 0 inside a frame, got 0')
  }
}

/** A large chunk of whole frames and all but the last byte of another. */
function endOfFrames<F>(subject: Subject<F>, decoder: Decoder<F>): WeakRef<ArrayBufferLike> {
  const one = encode(subject.codec(), [subject.small])
  const many = manyFrames(subject) ? Math.ceil(CHUNK / one.length) : 0
  const frames = Array.from({ length: many }, () => subject.small)
  const bytes = join([encode(subject.codec(), frames), one.subarray(0, one.length - 1)])
  decoder.push([bytes], [])
  return new WeakRef(bytes.buffer)
}

/** A chunk of 5,000 bytes that is a small part of the buffer it lies in. */
function partOfBuffer<F>(subject: Subject<F>, decoder: Decoder<F>): WeakRef<ArrayBufferLike> {
  const { codec, frame } = subject.big!(20_000)
  const large = new Uint8Array(CHUNK)
  large.set(encode(codec, [frame]).subarray(0, 5000), 1000)
  decoder.push([large.subarray(1000, 6000)], [])
  return new WeakRef(large.buffer)
}
