/**
 * The laws find every planted fault. Each mutant must be found by each law named with it; the unbroken models obey all
 * laws (models.laws.test.ts), so it is the fault that is found. Mutants with the faults of other libraries are in check-codec.test.ts.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkCodec } from '../../lib/laws/check-codec.ts'
import { LawError } from '../../lib/laws/law-error.ts'
import { cutting, cuttingText } from './mutants/cutting.ts'
import { lost } from './mutants/lost.ts'
import { manners } from './mutants/manners.ts'
import type { Mutant } from './mutants/mutant.ts'
import { work } from './mutants/work.ts'

// No shrinking of what is wanted, and the same answer every time.
fc.configureGlobal({ endOnFailure: true })
const seed = Number(process.env.IT_SERVE_SEED ?? 1)

function findAll<F>(title: string, mutants: readonly Mutant<F>[]): void {
  describe(`mutants: ${title}`, () => {
    for (const { fault, subject, foundBy } of mutants) {
      it(`${fault} (${foundBy.join(', ')})`, async (t) => {
        for (const law of foundBy) {
          const error: unknown = await checkCodec(subject.codec, { ...subject, seed, laws: [law] }).catch((e) => e)
          assert.ok(error instanceof LawError, `the law ${law} does not find it: ${error}`)
          assert.equal(error.law, law)
          if (process.env.IT_SERVE_SHOW) t.diagnostic(error.message)
        }
      })
    }
  })
}

findAll('lost', lost)
findAll('cutting', cutting)
findAll('cutting, text', cuttingText)
findAll('work', work)
findAll('manners', manners)
