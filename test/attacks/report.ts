/**
 * Prints what the last runs of the attack suite measured, as a table in Markdown; with `--write` puts it into the README,
 * between its marks. A row that was run in both forms is shown in the full one.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Figure } from './framework/figures.ts'
import { readResults } from './framework/results.ts'
import { allRows } from './framework/rows.ts'
import type { RowResult } from './framework/run-row.ts'

const begin = '<!-- reliability: npm run report:reliability -- --write -->'
const end = '<!-- end of reliability -->'

const quick = readResults('quick')
const full = readResults('full')
const lines = ['| | Attack | Gate | Measured | Form | |', '|---|---|---|---|---|---|']
for (const { id, title, gate, waits } of await allRows()) {
  const result = full[id] ?? quick[id]
  const measured = result === undefined ? (waits === undefined ? 'not run' : `waits: ${waits}`) : said(result)
  lines.push(`| ${[id, title, gate, measured, result?.form ?? '', sign(result)].map(cell).join(' | ')} |`)
}
const table = lines.join('\n')
if (process.argv.includes('--write')) {
  const readme = readFileSync('README.md', 'utf8')
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end)
  if (from < 0 || to < from) throw new Error(`README.md has no lines ${begin} and ${end}`)
  writeFileSync('README.md', `${readme.slice(0, from + begin.length)}\n\n${table}\n\n${readme.slice(to)}`)
} else {
  console.log(table)
}

function said({ outcome, reason = '', figures }: RowResult): string {
  if (outcome === 'waits' || outcome === 'skipped') return `${outcome}: ${reason}`
  // What every row has in common is told once, for all of them, and the delays of the well-behaved client by figure.
  const own = figures.filter(
    ({ name }) => !/^(G[124]|G3 e|escaped|bystander|plain echo p99)/.test(name) || name === 'G4 loop p99'
  )
  return own.map(figure).join('; ')
}

function figure({ name, value, unit, gate, met, excuse }: Figure): string {
  const bound = gate === '' || gate === `= ${value}` || gate === value ? '' : ` (${gate})`
  return `${name} ${value}${unit === '' ? '' : ` ${unit}`}${bound}${met ? '' : ` **not met**: ${excuse ?? ''}`}`
}

function sign(result: RowResult | undefined): string {
  if (result === undefined) return ''
  return { met: 'met', unmet: 'not all met', failed: '**failed**', skipped: 'skipped', waits: 'waits' }[result.outcome]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
