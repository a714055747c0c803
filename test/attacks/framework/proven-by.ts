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
    shows: ['tests passed', 'tests failed'],
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
  const sum = { passed: 0, failed: 0, skipped: 0 }
  const said: string[] = []
  for (const file of files) {
    const { stdout, stderr, status } = await outputOf(attack, [...node, `test/${file}.test.ts`] as [string], {
      env: { IT_SERVE_RUNS: String(runs), NODE_TEST_CONTEXT: '' },
      ms: attack.full ? 3_600_000 : 120_000
    })
    const results = (stdout.match(/^ *(?:not )?ok \d+ - .*$/gm) ?? []).filter(
      (line) => !/# SKIP test name does not match/i.test(line)
    )
    const failed = results.filter((line) => /^ *not ok/.test(line))
    const skipped = results.filter((line) => / # SKIP/i.test(line))
    const passed = results.length - failed.length - skipped.length
    sum.passed += passed
    sum.failed += failed.length
    sum.skipped += skipped.length
    if (passed < 1 || status !== 0) {
      attack.holds(`${file} ends well`, false, `${status}: ${failed.join('; ')} ${stderr.slice(-300)}`)
    }
    for (const line of [...failed, ...skipped]) said.push(line.trim())
    for (const [, text = ''] of stdout.matchAll(note)) attack.figure(file, text.slice(0, 200))
  }
  attack.atLeast('tests passed', sum.passed, files.length)
  attack.exactly('tests failed', sum.failed, 0)
  attack.exactly('tests skipped', sum.skipped, 0)
  for (const line of said.slice(0, 5)) attack.figure('the test', line.slice(0, 200))
}

/** What a test said, and not what the runner counted. */
const note = /^ *# (?!Subtest|tests |suites |pass |fail |cancelled |skipped |todo |duration)(.*)$/gm
