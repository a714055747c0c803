/** The table of the benchmark, in Markdown. */
import { better, type Claim, type Contest, type Figures, median, ratio, type Spread, twin } from './rounds.ts'

const columns = [
  'row',
  'unit',
  'ours',
  'rivals',
  'ratio (least to most)',
  'target',
  '',
  'rival against itself',
  'ratio by CPU time',
  'client busy'
]

export const heading = [columns, columns.map(() => '---')].map(line).join('\n')

/** One row for each claim of a contest. */
export function rows(contest: Contest, figures: Figures): string[] {
  return contest.claims.map((claim) => line(cells(contest, claim, figures)))
}

function cells(contest: Contest, claim: Claim, figures: Figures): string[] {
  const rival = better(figures, claim)
  const reached = ratio(figures, claim.ours, rival)
  const cpu = ratio(figures, claim.ours, rival, 'perCpu').median
  const client = median(figures, claim.ours, 'client')
  return [
    claim.title,
    contest.unit,
    amount(median(figures, claim.ours)),
    claim.rivals.map((name) => `${name} ${amount(median(figures, name))}`).join(', '),
    times(reached),
    target(claim),
    verdict(claim, reached.median),
    times(ratio(figures, twin(contest.control), contest.control)),
    Number.isNaN(cpu) ? '' : plain(cpu),
    Number.isNaN(client) ? '' : `${Math.round(client * 100)} %`
  ]
}

function target({ least, most }: Claim): string {
  if (least !== undefined) return `at least ${least}`
  return most === undefined ? '' : `at most ${most}`
}

function verdict({ least, most }: Claim, reached: number): string {
  if (least === undefined && most === undefined) return ''
  return reached >= (least ?? -Infinity) && reached <= (most ?? Infinity) ? 'met' : '**missed**'
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

const times = ({ median, least, most }: Spread) => `${plain(median)} (${plain(least)} to ${plain(most)})`

const plain = (value: number) => value.toFixed(value < 10 ? 2 : 1)

function amount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`
  if (value >= 1e4) return `${Math.round(value / 1e3)} k`
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3)
}
