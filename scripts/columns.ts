/** Rows of cells, each column as wide as its widest cell. Colours take no room. */
import { stripVTControlCharacters } from 'node:util'

export function columns(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, index) => padded(cell, (widths[index] as number) + gap))
      .join('')
      .trimEnd()
  )
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** Characters that a terminal shows, each one column wide. */
export function widthOf(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length
}
