/** K4: every server under a mixed load for a while, in a group of processes that may use 256 MB each. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { rest } from '../framework/attack.ts'
import type { Step } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'
import type { Victim } from '../framework/victim.ts'
import { sessions } from '../fuzz/sessions.ts'

const groups = '/sys/fs/cgroup/memory'

/** Bytes that the values grow by from one to the next, by least squares. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const [top, bottom] = values.reduce<[number, number]>(
    ([above, below], value, at) => [above + (at - middle) * (value - mean), below + (at - middle) ** 2],
    [0, 0]
  )
  return bottom === 0 ? 0 : top / bottom
}

export const row: Row<{ seconds: number; servers: number }> = {
  id: 'K4',
  title:
    'a soak: sessions of all kinds at every server for 10 minutes (9 s and four servers in the quick form), 256 MB each where the kernel can bound it',
  gate: 'the heap grows by 1 MB at most by its slope, nothing runs out of memory, descriptors stay',
  shows: ['sessions', 'heap growth by its slope, at most', 'servers that died'],
  quick: { seconds: 9, servers: 4 },
  full: { seconds: 600, servers: 11 },
  patienceMs: 1_800_000,
  async run(attack, { seconds, servers }) {
    const chosen = sessions.filter(({ bystander }) => attack.full || bystander !== undefined).slice(0, servers)
    const group = `${groups}/its-${process.pid}`
    let bounded = false
    try {
      if (existsSync(groups)) {
        mkdirSync(group)
        writeFileSync(`${group}/memory.limit_in_bytes`, String(256 * 2 ** 20 * servers))
        attack.after(() => rmdirSync(group))
        bounded = true
      }
    } catch {
      // Not here, or not for us: the figure below says so.
    }
    const victims: [Victim, (typeof sessions)[number]][] = []
    for (const one of chosen) {
      const bystander = one.bystander === undefined ? false : { ...one.bystander, everyMs: 100, freshMs: 1000 }
      // The first seconds fill caches; what stays of them is measured by the slope.
      const victim = await attack.victim(one.subject, { options: one.options ?? {} }, bystander)
      if (bounded) writeFileSync(`${group}/cgroup.procs`, String(victim.pid))
      victims.push([victim, one])
    }
    attack.figure('memory bounded by the kernel', bounded ? 'yes' : 'no, it has no such group here')
    const perSecond = 20
    const crowds = victims.map(([{ endpoint: to }, { said }]) => {
      const variants = said.map((text): Step[] => [
        { do: 'send', text },
        { do: 'rest', ms: [0, 200] },
        { do: 'fin' },
        { do: 'read', bytes: 'end' }
      ])
      variants.push([{ do: 'send', text: said[0] as string }, { do: 'reset' }])
      return attack.crowd({
        to,
        variants,
        count: seconds * perSecond,
        connectsPerSecond: perSecond,
        patienceMs: seconds * 1500 + 30_000
      })
    })
    const samples = victims.map((): number[] => [])
    const from = performance.now()
    const every = (seconds * 1000) / 12
    // The first sixth warms up.
    for (let turn = 1; turn <= 12; turn++) {
      await rest(Math.max(0, from + turn * every - performance.now()))
      if (turn <= 2) continue
      for (const [index, [victim]] of victims.entries()) samples[index]?.push((await victim.inspect()).heapUsed)
    }
    const fates = (await Promise.all(crowds.map((crowd) => crowd.fates(seconds * 2000 + 60_000)))).flat()
    attack.atLeast('sessions', fates.length, seconds * perSecond * chosen.length)
    attack.exactly('sessions out of patience', fates.filter(({ how }) => how === 'patience').length, 0)
    const growth = samples.map((values) => (slope(values) * values.length) / 1e6)
    attack.atMost('heap growth by its slope, at most', Math.max(...growth), 1, 'MB')
    attack.exactly('servers that died', victims.filter(([victim]) => !victim.isRunning).length, 0)
  }
}
