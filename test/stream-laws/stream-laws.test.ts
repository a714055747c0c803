/**
 * The laws of the core, over the real core.
 */
import { test } from 'node:test'
import { laws } from './laws/laws.ts'
import { realTrial, seed } from './trial.ts'

const timeout = 60_000 * Math.max(1, Number(process.env.IT_SERVE_RUNS ?? 1))

for (const [name, law] of Object.entries(laws)) {
  test(name, { timeout }, async (context) => {
    context.diagnostic(`IT_SERVE_SEED=${seed}`)
    await law(realTrial)
  })
}
