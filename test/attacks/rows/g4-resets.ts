/** G-4: whoever asked cuts the line while the command runs. */
import { family } from '../../support/commands.ts'
import { commandResults, refused, starting } from '../framework/commands.ts'
import type { Row } from '../framework/row.ts'

export const row: Row<{ resets: number }> = {
  id: 'G-4',
  title: 'clients that reset the connection in the middle of a command',
  gate: 'the group is dead within 1 s, each time',
  quick: { resets: 40 },
  full: { resets: 500 },
  needs: ['python3', 'setpriv', 'prlimit'],
  patienceMs: 600_000,
  async run(attack, { resets }) {
    const victim = await attack.victim('exec', { options: { list: { commands: { family } } } }, refused, starting)
    const tasks = Array.from({ length: resets }, (_, at) => {
      const marker = `3600.${200_000 + at}`
      const line = `family ${at % 2 === 0 ? 'sleep' : 'tree 3'} ${marker}`
      // A long line of others waits behind it, further than the server reads ahead.
      const behind = at % 5 === 4 ? new Array(2000).fill(`family sleep ${'7'.repeat(60)}`) : []
      return { lines: [[line, ...behind].join('\n')], reset: true, marker } as const
    })
    const { results } = await commandResults(attack, { to: victim.endpoint, tasks, atATime: 4 }, 500_000)
    attack.exactly('commands that ran', results.filter(({ ran }) => ran).length, resets)
    attack.exactly('groups dead', results.filter(({ left }) => left === 0).length, resets)
    const worst = Math.max(...results.map(({ goneMs = 5000 }) => goneMs))
    attack.soonEnough('group dead, latest', worst, 1000, await attack.worst())
    const audit = await victim.ask<{ command: string; outcome: string }[]>('audit')
    const abandoned = audit.filter(({ command, outcome }) => command.includes('3600.2') && outcome === 'abandoned')
    attack.exactly('abandoned, in the audit', abandoned.length, resets)
  }
}
