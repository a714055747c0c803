/**
 * A promise for many random values, tried with fast-check. What is thrown is the failure with the smallest values that
 * it found, and says which they are.
 */
import fc from 'fast-check'

/** How long the random part of the laws goes on, and where it starts. */
export interface Settings {
  /** Times as many random values as usual (1). */
  readonly runs?: number
  /** The same seed gives the same values; printed with every failure. */
  readonly seed?: number
}

/** The cause is what went wrong with these values. */
export class Falsified extends Error {
  readonly values: string
  readonly seed: number
  constructor(values: string, seed: number, cause: unknown) {
    super(`${cause instanceof Error ? cause.message : cause}\nwith ${values} (seed ${seed})`, { cause })
    this.values = values
    this.seed = seed
  }
}

/** @param count how many values, times `runs` */
export function forAll<T>(
  { runs = 1, seed }: Settings,
  values: fc.Arbitrary<T>,
  count: number,
  predicate: (value: T) => void
): void {
  const property = fc.property(values, (value) => {
    predicate(value)
  })
  const numRuns = Math.max(1, Math.round(count * runs))
  const result = fc.check(property, seed === undefined ? { numRuns } : { numRuns, seed })
  if (result.failed) throw new Falsified(fc.stringify(result.counterexample?.[0]), result.seed, result.errorInstance)
}
