/** G-3: commands that do not want to end, and leave others behind. */
import { readdirSync, readFileSync } from 'node:fs'
import { family, programs } from '../../support/commands.ts'
import { commandResults, refused, starting } from '../framework/commands.ts'
import type { Row } from '../framework/row.ts'

const ways = ['sleep', 'tree 50', 'deaf', 'holder', 'daemon'] as const

export const row: Row<{ times: number; deadlineMs: number }> = {
  id: 'G-3',
  title: 'sleepers, a tree of 50, deaf to SIGTERM, a grandchild that holds stdout, double fork and setsid',
  gate: 'ended at the deadline ± 0.5 s; no survivor, no zombie, no descriptor',
  quick: { times: 3, deadlineMs: 1500 },
  full: { times: 20, deadlineMs: 30_000 },
  needs: ['python3', 'setpriv', 'prlimit'],
  patienceMs: 900_000,
  async run(attack, { times, deadlineMs }) {
    const list = { commands: { family, sleep: programs.sleep }, limits: { deadlineMs } }
    const victim = await attack.victim('exec', { options: { list } }, refused, starting)
    const tasks = Array.from({ length: times * ways.length }, (_, at) => {
      const marker = `3600.${100_000 + at}`
      return { lines: [`family ${ways[at % ways.length]} ${marker}`], marker }
    })
    const { results } = await commandResults(attack, { to: victim.endpoint, tasks, atATime: 4 }, 800_000)
    const of = (way: string) => results.filter((_, at) => ways[at % ways.length] === way)
    for (const way of ways) {
      const all = of(way)
      const outcome = way === 'holder' || way === 'daemon' ? 'exited' : 'deadline'
      attack.exactly(
        `${way}: ${outcome}`,
        all.filter(({ answers: [one] }) => one?.[0].outcome === outcome).length,
        times
      )
      if (outcome === 'deadline') {
        attack.atLeast(`${way}: earliest`, Math.min(...all.map(({ ms }) => ms)), deadlineMs, 'ms')
        const late = Math.max(...all.map(({ ms }) => ms)) - deadlineMs
        attack.soonEnough(`${way}: late by`, late, 500, await attack.worst())
      }
      attack.exactly(
        `${way}: processes left`,
        all.reduce((sum, { left }) => sum + left, 0),
        0
      )
    }
    attack.exactly('zombies of the server', zombiesOf(victim.pid), 0)
  }
}

function zombiesOf(parent: number): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      const [state, ppid] = statOf(pid)
      return state === 'Z' && Number(ppid) === parent
    } catch {
      return false
    }
  }).length
}

function statOf(pid: string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
