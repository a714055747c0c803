/** What the last runs measured, a file for each form, kept outside what is committed. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RowResult } from './run-row.ts'

const folder = fileURLToPath(new URL('../.results/', import.meta.url))
const path = (form: RowResult['form']): string => `${folder}${form}.json`

/** By the id of the row; empty before the first run. */
export function readResults(form: RowResult['form']): Record<string, RowResult> {
  try {
    return JSON.parse(readFileSync(path(form), 'utf8')) as Record<string, RowResult>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Takes the place of what the row measured before. */
export function writeResult(result: RowResult): void {
  mkdirSync(folder, { recursive: true })
  const all = { ...readResults(result.form), [result.id]: result }
  writeFileSync(`${path(result.form)}.new`, `${JSON.stringify(all, null, 1)}\n`)
  renameSync(`${path(result.form)}.new`, path(result.form))
}
