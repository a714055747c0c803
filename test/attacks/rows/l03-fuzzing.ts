/** L3: every decoder before bytes that a mutator makes of those that led to new code. */

import { Remote } from '../framework/remote.ts'
import type { Row } from '../framework/row.ts'
import type { FuzzReport } from '../fuzz/fuzz-process.ts'

export const row: Row<{ ms: number }> = {
  id: 'L3',
  title:
    'mutated bytes before every decoder, led by what V8 says of the code that was reached (0.4 s each; 10 minutes in the full form)',
  gate: 'nothing but errors of the peer; no case takes more than 20 ms; frames are at most 4 times their input',
  shows: ['cases', 'errors that are no peer’s', 'longest case'],
  quick: { ms: 400 },
  full: { ms: 600_000 },
  patienceMs: 20 * 3_600_000,
  async run(attack, { ms }) {
    const fuzz = new Remote('the fuzzer', new URL('../fuzz/fuzz-process.ts', import.meta.url))
    attack.after(() => fuzz.kill())
    const keep = process.env.IT_SERVE_KEEP_CORPUS !== undefined
    let [cases, escaped, blocks, mostMs, mostTimes] = [0, 0, 0, 0, 0]
    for (const name of await fuzz.ask<string[]>('names')) {
      const plan = { name, ms, seed: attack.seed, keep }
      const found = await fuzz.ask<FuzzReport>('fuzz', plan, ms * 2 + 60_000)
      cases += found.cases
      escaped += found.escaped
      blocks += found.blocks
      mostMs = Math.max(mostMs, found.mostMs)
      mostTimes = Math.max(mostTimes, found.mostTimes)
      if (found.escaped > 0) attack.figure(`${name}: the first`, found.firstEscaped)
      if (found.mostMs > 10) attack.figure(`${name}: the slowest`, `${found.mostMs} ms for ${found.slowest}`)
      if (found.mostTimes > 4) attack.figure(`${name}: the largest`, `${found.mostTimes} for ${found.largest}`)
    }
    attack.atLeast('cases', cases, 1000)
    attack.figure('blocks of code reached', blocks)
    attack.exactly('errors that are no peer’s', escaped, 0)
    attack.atMost('longest case', mostMs, 20, 'ms')
    attack.atMost('frames, of their input', mostTimes, 4, 'times')
  }
}
