/**
 * npm run bench: ours beside what one would write or take instead, in one run, and whether the aims are met.
 *
 *   npm run bench -- --rounds 3 --seconds 0.5 --only b,c
 *
 * The table goes to standard output in Markdown, progress to standard error. Ends with 1 if a row could not be measured.
 * On a machine with other work to do, look at the ratio by CPU time first: it does not know about the others.
 */
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { stopAll } from './child.ts'
import { type Contest, run } from './rounds.ts'
import { fanOut } from './rows/chat.ts'
import { churn } from './rows/churn.ts'
import { decoding } from './rows/decode.ts'
import { bulk, pingPong } from './rows/echo.ts'
import { optionFamilies } from './rows/families.ts'
import { growth } from './rows/growth.ts'
import { idle } from './rows/idle.ts'
import { tls } from './rows/tls.ts'
import { zen } from './rows/zen.ts'
import type { Settings } from './sides.ts'
import { heading, rows } from './table.ts'

const usage = `npm run bench -- [options]

  --rounds N        rounds, each with fresh processes (7)
  --seconds S       measured per side and round (1)
  --only LETTERS    groups to run, as in a,c (all)
  --match TEXT      rows to run: those with this in their title
  --profile NAME    write CPU profiles of a subject, as in zen-ours, to the directory for temporary files
  --help

All of it takes about 20 minutes on 2 quiet cores.
Groups: a echo of 64 KiB, b ping-pong, c zen, d decoders, e idle connections, f large frames in small chunks, g option families, h TLS,
i fan-out of a chat, j churn`

const groups: Record<string, (settings: Settings) => Contest[]> = {
  a: bulk,
  b: pingPong,
  c: zen,
  d: decoding,
  e: idle,
  f: growth,
  g: optionFamilies,
  h: tls,
  i: fanOut,
  j: churn
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string', default: Object.keys(groups).join() },
    match: { type: 'string', default: '' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false }
  }
})

if (values.help) {
  console.log(usage)
  process.exit(0)
}

const rounds = Math.ceil(positive('rounds', values.rounds))
const settings: Settings = { seconds: positive('seconds', values.seconds), profile: values.profile }
const contests = values.only
  .split(',')
  .flatMap((letter) => (groups[letter] ?? unknown(letter))(settings))
  .filter(({ title }) => title.includes(values.match))

const model = cpus()[0]?.model ?? 'unknown processor'
const command = ['npm run bench --', ...process.argv.slice(2)].join(' ')
console.log(
  `${model}, ${availableParallelism()} cores (load before: ${loadavg()[0]!.toFixed(1)}), Node ${process.version}\n`
)
console.log(`\`${command}\`: ${rounds} rounds, ${settings.seconds} s for each side\n`)
console.log(heading)
for (const contest of contests) await hold(contest)
if (settings.profile !== undefined) console.error(`The CPU profiles are in ${tmpdir()}`)

async function hold(contest: Contest): Promise<void> {
  try {
    const figures = await run(contest, rounds, (text) => console.error(text))
    for (const row of rows(contest, figures)) console.log(row)
  } catch (error) {
    process.exitCode = 1
    console.log(`| ${contest.title} | failed: ${error instanceof Error ? error.message : error} |`)
  } finally {
    await stopAll()
  }
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) fail(`--${option} ${text} is not a number above 0`)
  return value
}

function unknown(letter: string): never {
  return fail(`--only ${letter}: there is no such group`)
}

function fail(text: string): never {
  console.error(`${text}\n\n${usage}`)
  process.exit(2)
}
