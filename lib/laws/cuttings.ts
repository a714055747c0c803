/**
 * Ways to cut a stream of bytes into batches of chunks, as a network might: whole, byte by byte, at one place, at two,
 * anyhow. Empty chunks and empty batches are mixed in, and the chunks are of every kind that occurs: arrays of their
 * own, views into the middle of a larger buffer, Node's `Buffer`s.
 */
import fc from 'fast-check'

export type Batches = Uint8Array[][]

/**
 * The chunks of `bytes` between these places: by turns an array of its own, a view into a larger buffer, a `Buffer`.
 * What lies around a view is junk, so that a codec that looks beyond its chunk finds rubbish.
 */
function chunksBetween(bytes: Uint8Array, borders: readonly number[], kinds: (index: number) => number): Uint8Array[] {
  const gap = 6
  const large = new Uint8Array(bytes.length + gap * borders.length).fill(0xee)
  return borders.slice(1).map((to, index) => {
    const from = borders[index]!
    const kind = kinds(index) % 3
    if (kind === 0) return bytes.slice(from, to)
    const at = from + gap * (index + 1)
    large.set(bytes.subarray(from, to), at)
    return kind === 1 ? large.subarray(at, at + to - from) : Buffer.from(large.buffer, at, to - from)
  })
}

/** Cut at the places given; each piece is a batch of its own, or all are one batch. */
export function cutAt(bytes: Uint8Array, places: readonly number[], oneBatch = false): Batches {
  const borders = [0, ...places, bytes.length]
  const chunks = chunksBetween(bytes, borders, (index) => index)
  return oneBatch ? [chunks] : chunks.map((one) => [one])
}

/** One byte at a time, each in a batch of its own, or all in one batch. */
export function drip(bytes: Uint8Array, oneBatch = false): Batches {
  const places = Array.from({ length: Math.max(0, bytes.length - 1) }, (_, index) => index + 1)
  return bytes.length === 0 ? [] : cutAt(bytes, places, oneBatch)
}

/**
 * Every way to cut at one place (in two batches and in one), at most `pairs` bytes long also at every two places, and byte
 * by byte: the fewest cuts first, so that the first one that breaks a promise is a small one.
 */
export function* exhaustive(bytes: Uint8Array, pairs = 24): Generator<Batches> {
  const all = Array.from({ length: bytes.length + 1 }, (_, at) => at)
  for (const at of [...all.slice(1, -1), ...new Set([0, bytes.length])]) {
    yield cutAt(bytes, [at])
    yield cutAt(bytes, [at], true)
  }
  for (const a of bytes.length > pairs ? [] : all) {
    for (const b of all.slice(a)) yield cutAt(bytes, [a, b], (a + b) % 2 === 0)
  }
  yield drip(bytes)
  yield drip(bytes, true)
  yield drip(bytes).flatMap((one) => [[], [new Uint8Array(0), ...one, new Uint8Array(0)]])
}

/** One step of a random cutting: the size of the next chunk, and what stands behind it. */
interface Piece {
  readonly size: number
  readonly kind: number
  readonly behind: 'same batch' | 'next batch' | 'empty chunk' | 'empty batch'
}

/** A random cutting: a list of pieces, gone through again and again until the bytes are used up. */
export type Cutting = readonly Piece[]

export const cuttings: fc.Arbitrary<Cutting> = fc.array(
  fc.record({
    size: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 300 })),
    kind: fc.nat(2),
    behind: fc.constantFrom('same batch', 'next batch', 'next batch', 'empty chunk', 'empty batch')
  }),
  { minLength: 1, maxLength: 12 }
)

export function cut(bytes: Uint8Array, cutting: Cutting): Batches {
  const borders = [0]
  for (let at = 0; at < bytes.length; borders.push(Math.min(at, bytes.length)))
    at += piece(cutting, borders.length - 1).size
  const chunks = chunksBetween(bytes, borders, (index) => piece(cutting, index).kind)
  const batches: Batches = [[]]
  for (const [index, chunk] of chunks.entries()) {
    batches.at(-1)!.push(chunk)
    const { behind } = piece(cutting, index)
    if (behind === 'empty chunk') batches.at(-1)!.push(new Uint8Array(0))
    if (behind === 'next batch') batches.push([])
    if (behind === 'empty batch') batches.push([], [])
  }
  return batches
}

function piece(cutting: Cutting, index: number): Piece {
  return cutting[index % cutting.length]!
}
