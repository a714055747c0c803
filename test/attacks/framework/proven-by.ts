/**
 * Rows whose attack is a test of the project already: the same code with the counts of the row. Such a test starts its
 * servers inside its own process, balances their books (test/support/service.ts) and fails where a socket, timer or child
 * is left behind (test/support/leaks.ts), or an error escapes (the test runner), which is G1, G2 and G4; G3 is not asked.
 */
import type { Attack } from './attack.ts'
import { outputOf } from './output-of.ts'
import type { Row } from './row.ts'

export interface Proof {
  /** Test files below test/, without `.test.ts`. */
  readonly files: readonly string[]
  /** The tests whose names fit, as regular expressions (all). */
  readonly only?: readonly string[]
}

export interface ProofCount {
  /** What all counts of the tests are multiplied by (`IT_SERVE_RUNS`). */
  readonly runs: number
}

/** A row that is such tests and nothing else. */
export function provenBy(
  row: Omit<Row<ProofCount>, 'run' | 'quick' | 'full'> & {
    readonly proof: Proof
    readonly quick: number
    readonly full: number
  }
): Row<ProofCount> {
  const { proof, quick, full, ...base } = row
  return {
    ...base,
    quick: { runs: quick },
    full: { runs: full },
    run: (attack, { runs }) => prove(attack, proof, runs)
  }
}

/** Runs the tests, and notes how many were passed; one that fails or is skipped is a gate that is not met. */
export async function prove(attack: Attack, { files, only = [] }: Proof, runs: number): Promise<void> {
  const patterns = only.map((pattern) => `--test-name-pattern=${pattern}`)
  const node = [
    process.execPath,
    '--import',
    'tsx',
    '--conditions',
    'it-serve-source',
    '--test-reporter=tap',
    ...patterns
  ]
  for (const file of files) {
    const env = { IT_SERVE_RUNS: String(runs), NODE_TEST_CONTEXT: '' }
    const { stdout, stderr, status } = await outputOf(attack, [...node, `test/${file}.test.ts`] as [string], {
      env,
      ms: attack.full ? 3_600_000 : 120_000
    })
    const results = stdout.match(/^ *(?:not )?ok \d+ - .*$/gm) ?? []
    const told = results.filter((line) => !/# SKIP test name does not match/i.test(line))
    const failed = told.filter((line) => /^ *not ok/.test(line))
    const skipped = told.filter((line) => / # SKIP/i.test(line))
    attack.atLeast(`${file}: tests passed`, told.length - failed.length - skipped.length, 1)
    attack.exactly(`${file}: failed`, failed.length, 0)
    attack.exactly(`${file}: skipped`, skipped.length, 0)
    if (skipped.length > 0) attack.figure('skipped', String(skipped[0]).trim())
    attack.holds(`${file}: ended well`, status === 0, `${status}: ${failed.join('; ')} ${stderr.slice(-300)}`)
    for (const [, said = ''] of stdout.matchAll(
      /^ *# (?!Subtest|tests |suites |pass |fail |cancelled |skipped |todo |duration)(.*)$/gm
    )) {
      attack.figure(file, said.slice(0, 200))
    }
  }
}
