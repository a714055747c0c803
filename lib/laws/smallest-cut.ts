/**
 * Leaves out one cut after the other of a stream on which a promise is broken, as long as it stays broken: every cut that
 * is left is needed.
 */
import { join } from './bytes.ts'
import { Counterexample } from './counterexample.ts'
import type { Batches } from './cuttings.ts'

/** A chunk, and whether a batch begins with it. */
interface Piece {
  readonly chunk: Uint8Array
  readonly begins: boolean
}

/** More than so many chunks are left as they are: one check of each takes too long. */
const mostChunks = 1000

export function smallestCut(found: Counterexample): Counterexample {
  let best = found
  const stillBroken = (pieces: readonly Piece[]): boolean => {
    const again = retry(found, batchesOf(pieces))
    if (again !== undefined) best = again
    return again !== undefined
  }
  let pieces = piecesOf(found.batches)
  const attempt = (fewer: Piece[]): boolean => {
    const broken = stillBroken(fewer)
    if (broken) pieces = fewer
    return broken
  }
  // Where empty chunks or batches are what breaks it, they stay, and all of the cuts with them.
  if (pieces.length > mostChunks || !attempt(pieces.filter(({ chunk }) => chunk.length > 0))) return best
  if (attempt([{ chunk: join(pieces.map(({ chunk }) => chunk)), begins: true }])) return best
  for (let index = 1; index < pieces.length; ) {
    const [before, behind] = [pieces[index - 1]!, pieces[index]!]
    const one = { chunk: join([before.chunk, behind.chunk]), begins: before.begins }
    if (attempt(pieces.toSpliced(index - 1, 2, one))) continue
    if (behind.begins) attempt(pieces.with(index, { ...behind, begins: false }))
    index++
  }
  return best
}

function retry({ codec, check }: Counterexample, batches: Batches): Counterexample | undefined {
  try {
    check(batches)
    return undefined
  } catch (error) {
    return new Counterexample(codec, batches, check, error instanceof Counterexample ? error.cause : error)
  }
}

function piecesOf(batches: Batches): Piece[] {
  return batches.flatMap((chunks) => chunks.map((chunk, index) => ({ chunk, begins: index === 0 })))
}

function batchesOf(pieces: readonly Piece[]): Batches {
  const batches: Batches = []
  for (const { chunk, begins } of pieces) {
    if (begins || batches.length === 0) batches.push([chunk])
    else batches.at(-1)!.push(chunk)
  }
  return batches
}
