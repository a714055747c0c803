/** Runs one row to its result. */
import { spawnSync } from 'node:child_process'
import { within } from '../../support/wait.ts'
import { Attack, type Surroundings } from './attack.ts'
import type { Figure } from './figures.ts'
import type { Row } from './row.ts'

export interface RowResult {
  readonly id: string
  readonly title: string
  readonly gate: string
  readonly form: 'quick' | 'full'
  readonly outcome: 'met' | 'unmet' | 'failed' | 'skipped' | 'waits'
  /** Why it failed, was skipped or waits. */
  readonly reason?: string
  readonly figures: readonly Figure[]
  readonly ms: number
  /** 2 where it was met, or not, when it was run once more. */
  readonly runs?: number
  readonly seed: number
  readonly node: string
}

export async function runRow(row: Row, around: Surroundings, seed: number, full: boolean): Promise<RowResult> {
  const { id, title, gate, waits, run, fullOnly } = row
  const base = { id, title, gate, form: full ? 'full' : 'quick', seed, node: process.versions.node } as const
  if (waits !== undefined || run === undefined) {
    return { ...base, outcome: 'waits', reason: waits ?? 'is not written yet', figures: [], ms: 0 }
  }
  if (fullOnly !== undefined && !full) {
    return { ...base, outcome: 'waits', reason: `for the full form: ${fullOnly}`, figures: [], ms: 0 }
  }
  const missing = missingFor(row)
  if (missing !== undefined) return { ...base, outcome: 'skipped', reason: missing, figures: [], ms: 0 }
  const attack = new Attack(around, seed, full, row.unmet)
  const from = performance.now()
  let reason: string | undefined
  try {
    const patience = row.patienceMs ?? (full ? 900_000 : 60_000)
    await within(
      run.call(row, attack, full ? row.full : row.quick).then(() => attack.finish()),
      `the end of row ${id}`,
      patience
    )
  } catch (error) {
    reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  try {
    await attack.clean()
  } catch (error) {
    reason ??= `cleaning up: ${String(error)}`
  }
  const { failures, all: figures } = attack
  if (failures.length > 0) reason ??= `not met: ${failures.map(({ name }) => name).join(', ')}`
  const excused = figures.some(({ met }) => !met)
  const outcome = reason !== undefined ? 'failed' : excused ? 'unmet' : 'met'
  return { ...base, outcome, ...(reason === undefined ? {} : { reason }), figures, ms: performance.now() - from }
}

function missingFor({ needs = [], root }: Row): string | undefined {
  if (root && process.getuid?.() !== 0) return 'needs the rights of root'
  const absent = needs.filter((program) => spawnSync('which', [program]).status !== 0)
  return absent.length === 0 ? undefined : `${absent.join(', ')} not on the PATH`
}
