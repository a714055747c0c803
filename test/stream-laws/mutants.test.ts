/**
 * The laws have teeth: each planted fault is found by each law that must find it, in runs that find nothing without the
 * fault; and every law finds some.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LawName, laws } from './laws/laws.ts'
import { ofStreams } from './mutants/of-streams.ts'
import { ofTransports } from './mutants/of-transports.ts'
import { withPatchedCore } from './mutants/patched-core.ts'
import { mutantTrial } from './trial.ts'

/** Any will do in which every mutant shows; it never changes, so that what is found today is found tomorrow. */
const seed = 1

const mutants = [...ofStreams, ...ofTransports]

test('no mutant: the same runs over an unpatched copy find nothing', { timeout: 60_000 }, async () => {
  await withPatchedCore(undefined, async (core) => {
    for (const law of Object.values(laws)) await law({ ...mutantTrial(core, seed), patience: 10_000 })
  })
})

for (const { fault, foundBy, ...patch } of mutants) {
  test(`mutant: ${fault}`, { timeout: 60_000 }, async () => {
    await withPatchedCore(patch, async (core) => {
      for (const name of foundBy) {
        await assert.rejects(laws[name](mutantTrial(core, seed)), `the law ${name} does not find it`)
      }
    })
  })
}

test('every law finds a mutant', () => {
  const finding = new Set(mutants.flatMap(({ foundBy }) => foundBy))
  assert.deepEqual([...finding].sort(), (Object.keys(laws) as LawName[]).sort())
})
