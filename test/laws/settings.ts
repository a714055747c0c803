/**
 * How long the property tests run: `IT_SERVE_RUNS=50` multiplies every count, `IT_SERVE_SEED` replays a printed seed.
 */
import type fc from 'fast-check'
import { forAll as forAllWith, type Settings } from '../../lib/laws/for-all.ts'

const factor = Number(process.env.IT_SERVE_RUNS ?? 1)
const seed = process.env.IT_SERVE_SEED

export const settings: Settings = seed === undefined ? { runs: factor } : { runs: factor, seed: Number(seed) }

/** Parameters for `fc.assert`: so many runs, times the factor of the environment. */
export function runs(count: number): { numRuns: number; seed?: number } {
  const numRuns = Math.max(1, Math.round(count * factor))
  return seed === undefined ? { numRuns } : { numRuns, seed: Number(seed) }
}

/** Runs a synchronous property; the failure names the seed and the shrunk counterexample. */
export function forAll<T>(values: fc.Arbitrary<T>, count: number, predicate: (value: T) => void): void {
  forAllWith(settings, values, count, predicate)
}
