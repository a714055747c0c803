/**
 * A stream on which a promise was broken. The check that found it comes with it, so that fewer cuts can be tried, and so
 * that what is shown in the end is what was checked last.
 */
import type { Codec } from '../types.ts'
import type { Batches } from './cuttings.ts'

export class Counterexample extends Error {
  readonly codec: Codec<unknown>
  readonly batches: Batches
  readonly check: (batches: Batches) => unknown
  constructor(codec: Codec<unknown>, batches: Batches, check: (batches: Batches) => unknown, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.codec = codec
    this.batches = batches
    this.check = check
  }
}

/** Checks a promise on a cut stream; what it throws carries the stream. The check must hold for any cutting of the bytes. */
export function onStream<F, T>(codec: Codec<F>, batches: Batches, check: (batches: Batches) => T): T {
  try {
    return check(batches)
  } catch (error) {
    if (error instanceof Counterexample) throw error
    throw new Counterexample(codec, batches, check, error)
  }
}
