/**
 * How a law is run: over which core, how often, and how long it waits for something that must happen.
 *
 * Nothing here sleeps. A wait looks once a turn of the event loop, and gives up when the turns and the time allowed are
 * both used up: a busy machine has few turns and is waited for, a lost wake-up has thousands and is found at once.
 */
import fc from 'fast-check'
import { runs } from '../laws/settings.ts'
import type { Core } from './core.ts'
import * as realCore from './core.ts'

export interface Trial {
  readonly core: Core
  /** Parameters for so many runs. */
  runs(count: number): fc.Parameters<[unknown]>
  /** The ms that something which must happen may take. */
  readonly patience: number
}

/** A promise of the core, as a program: throws where it is broken. */
export type Law = (trial: Trial) => Promise<void>

/** The same for all laws of a process; the tests print it at once, lest a test that hangs takes it along. */
export const seed = Number(process.env.IT_SERVE_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** The real core: a random seed, failures shrunk and printed; `IT_SERVE_RUNS` and `IT_SERVE_SEED` apply. */
export const realTrial: Trial = {
  core: realCore,
  runs: (count) => ({ seed, ...runs(count), includeErrorInReport: true }),
  patience: 10_000
}

/** For mutants: always the same runs, no shrinking, little patience. */
export function mutantTrial(core: Core, seed: number): Trial {
  return {
    core,
    runs: (count) => ({ numRuns: count, seed, endOnFailure: true, includeErrorInReport: true }),
    patience: 300
  }
}

/**
 * Runs an asynchronous property; the failure names seed, path and the counterexample.
 *
 * @param examples values to begin with, before the random ones
 */
export function forAll<T>(
  trial: Trial,
  count: number,
  values: fc.Arbitrary<T>,
  predicate: (value: T) => Promise<void>,
  examples: readonly T[] = []
): Promise<void> {
  const property = fc.asyncProperty(values, predicate) as fc.IAsyncPropertyWithHooks<[unknown]>
  return fc.assert(property, { ...trial.runs(count), examples: examples.map((value): [T] => [value]) })
}

/** The next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await turn()
}

/** Waits for a condition that must come true. */
export async function until(trial: Trial, what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + trial.patience
  for (let passed = 0; !condition(); passed++) {
    if (passed > 1000 && performance.now() > deadline) throw new Error(`stuck, waiting for ${what}`)
    await turn()
  }
}

/** Waits until a number that others count up has not changed for a while: everything that can happen has happened. */
export async function quiet(count: () => number, still = 60): Promise<void> {
  let last = count()
  for (let same = 0; same < still; same++) {
    await turn()
    const now = count()
    if (now !== last) same = 0
    last = now
  }
}

/** What has become of a promise so far. */
export interface Watched<T> {
  settled: boolean
  value?: T
  /** Set where it was rejected. */
  fault?: { error: unknown }
}

export function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { settled: false }
  promise.then(
    (value) => Object.assign(watched, { settled: true, value }),
    (error: unknown) => Object.assign(watched, { settled: true, fault: { error } })
  )
  return watched
}

/** An outcome as text that is the same over every copy of the core. */
export function outcomeOf({ settled, fault }: Watched<unknown>): string {
  if (!settled) return 'open'
  if (fault === undefined) return 'end'
  const { name, code, message } = fault.error as NodeJS.ErrnoException
  return code === undefined ? `fault: ${message}` : `${name} ${code}`
}
