/**
 * Prints what the last runs of the attack suite measured, as a table in Markdown; with `--write` puts it into the README,
 * between its marks; with `--all` tells every figure of every row. A row shows the figures that decide, and why it is not
 * met where it is not. One that was run in both forms is shown in the full one.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Figure, told } from './framework/figures.ts'
import { readResults } from './framework/results.ts'
import { allRows } from './framework/rows.ts'
import type { RowResult } from './framework/run-row.ts'

const begin = '<!-- reliability: npm run report:reliability -- --write -->'
const end = '<!-- end of reliability -->'

const quick = readResults('quick')
const full = readResults('full')
const lines = ['| | Attack | Gate | Measured | Form | |', '|---|---|---|---|---|---|']
for (const { id, title, gate, waits, shows } of await allRows()) {
  const result = full[id] ?? quick[id]
  if (process.argv.includes('--all')) {
    console.log(
      `\n${id} ${title}: ${result?.outcome ?? 'not run'}${result?.reason === undefined ? '' : `: ${result.reason}`}`
    )
    for (const figure of result?.figures ?? []) console.log(`  ${told(figure)}`)
  }
  const measured = result === undefined ? (waits === undefined ? 'not run' : `waits: ${waits}`) : said(result, shows)
  lines.push(`| ${[id, title, gate, measured, result?.form ?? '', sign(result)].map(cell).join(' | ')} |`)
}
if (process.argv.includes('--all')) process.exit()
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

/** The figures that decide: those that the row names, or the first gates of its own; and all that are not met. */
function said({ outcome, reason = '', figures }: RowResult, shows: readonly string[] | undefined): string {
  if (outcome === 'waits' || outcome === 'skipped') return `${outcome}: ${sentence(reason)}`
  const own = figures.filter(({ name }) => !/^(G\d|escaped$|bystander$|every client got|plain echo p99)/.test(name))
  const named = shows?.map((name) => own.findLast((one) => one.name === name)).filter((one) => one !== undefined)
  const gates = own.filter(({ gate, name }) => gate !== '' && !/, earliest$/.test(name))
  const chosen = (named ?? gates).slice(0, 3).filter(({ met }) => met)
  const missed = figures.filter(({ met }) => !met)
  const why = outcome === 'failed' && missed.length === 0 ? [`**failed**: ${sentence(reason)}`] : []
  return [...chosen, ...missed].map(figure).concat(why).join('; ')
}

function figure({ name, value, unit, gate, met, excuse }: Figure): string {
  const bound = gate === '' || gate === `= ${value}` || gate === value ? '' : ` (${gate.replace(/ \(.*/, '')})`
  const verdict = met ? '' : excuse === undefined ? ' **not met**' : ` **not met**: ${excuse}`
  return `${name} ${value}${unit === '' ? '' : ` ${unit}`}${bound}${verdict}`
}

/** Without a stack. */
function sentence(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 200)
}

function sign(result: RowResult | undefined): string {
  if (result === undefined) return ''
  const sign = { met: 'met', unmet: 'not all met', failed: '**failed**', skipped: 'skipped', waits: 'waits' }
  return `${sign[result.outcome]}${result.runs === undefined ? '' : `, run ${result.runs}`}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
