/**
 * How long the property tests run: `IT_SERVE_RUNS=50` multiplies every count, `IT_SERVE_SEED` replays a printed seed.
 */
import fc from 'fast-check'

const factor = Number(process.env.IT_SERVE_RUNS ?? 1)
const seed = process.env.IT_SERVE_SEED

/** Parameters for `fc.assert`: so many runs, times the factor of the environment. */
export function runs(count: number): { numRuns: number; seed?: number } {
  const numRuns = Math.max(1, Math.round(count * factor))
  return seed === undefined ? { numRuns } : { numRuns, seed: Number(seed) }
}

/** Runs a synchronous property; the failure names seed, path and the shrunk counterexample. */
export function forAll<T>(values: fc.Arbitrary<T>, count: number, predicate: (value: T) => void): void {
  fc.assert(
    fc.property(values, (value) => {
      predicate(value)
    }),
    runs(count)
  )
}
