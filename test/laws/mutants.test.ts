/**
 * The laws find every planted fault. Each mutant must be found by each law named with it; the unbroken models obey all
 * laws (models.laws.test.ts), so it is the fault that is found.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { applies, type LawName, laws } from './codec-laws.ts'
import { cutting, cuttingText } from './mutants/cutting.ts'
import { lost } from './mutants/lost.ts'
import { manners } from './mutants/manners.ts'
import type { Mutant } from './mutants/mutant.ts'
import { work } from './mutants/work.ts'
import type { Law } from './subject.ts'

// No shrinking of what is wanted, and the same answer every time; IT_SERVE_SEED tries another.
fc.configureGlobal({ endOnFailure: true, seed: 1 })

async function finds<F>(name: LawName, { subject }: Mutant<F>): Promise<unknown> {
  const law: Law = laws[name]
  assert.ok(applies(law, subject), `the law ${name} says nothing about this codec`)
  try {
    await law.check(subject)
    return undefined
  } catch (error) {
    return error
  }
}

function findAll<F>(title: string, mutants: readonly Mutant<F>[]): void {
  describe(`mutants: ${title}`, () => {
    for (const mutant of mutants) {
      it(`${mutant.fault} (${mutant.foundBy.join(', ')})`, async (t) => {
        for (const name of mutant.foundBy) {
          const error = await finds(name, mutant)
          assert.ok(error instanceof Error, `the law ${name} does not find it`)
          if (process.env.IT_SERVE_SHOW) t.diagnostic(`${name}: ${reason(error)}`)
        }
      })
    }
  })
}

/** The innermost message: what the law says is wrong. */
function reason(error: Error): string {
  return error.cause instanceof Error ? reason(error.cause) : (error.message.split('\n', 1)[0] ?? '')
}

findAll('lost', lost)
findAll('cutting', cutting)
findAll('cutting, text', cuttingText)
findAll('work', work)
findAll('manners', manners)
