/** All rows, in the order of their ids. */
import { readdirSync } from 'node:fs'
import type { Row } from './row.ts'

const folder = new URL('../rows/', import.meta.url)

/** @param words ids, or beginnings of ids, as in `A1` or `C`; none for all */
export async function allRows(words: readonly string[] = []): Promise<Row[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  const rows = await Promise.all(
    files.map(async (name) => ((await import(new URL(name, folder).href)) as { row: Row }).row)
  )
  const wanted = rows.filter(({ id }) => words.length === 0 || words.some((word) => isMeant(id, word)))
  return wanted.sort((one, other) => one.id.localeCompare(other.id, 'en', { numeric: true }))
}

function isMeant(id: string, word: string): boolean {
  return id === word || (/^[A-Z]+$/.test(word) && id.replace(/\d+$/, '') === word)
}
