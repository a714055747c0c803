/** G-6: more requests than places. */
import { programs } from '../../support/commands.ts'
import { commandResults, refused, starting } from '../framework/commands.ts'
import type { Row } from '../framework/row.ts'

export const row: Row<{ requests: number }> = {
  id: 'G-6',
  title: 'requests at the same time, eight places, a queue of 100',
  gate: 'never more than 8 children; who finds the queue full is told so',
  quick: { requests: 140 },
  full: { requests: 1000 },
  needs: ['python3', 'setpriv', 'prlimit'],
  async run(attack, { requests }) {
    const list = { commands: { sleep: programs.sleep } }
    const victim = await attack.victim('exec', { options: { list } }, refused, starting)
    const tasks = Array.from({ length: requests }, () => ({ lines: ['sleep 1.2345'] }))
    const plan = { to: victim.endpoint, tasks, atATime: requests, watch: '1.2345' }
    const { results, most } = await commandResults(attack, plan)
    const outcomes = (wanted: string) => results.filter(({ answers: [one] }) => one?.[0].outcome === wanted).length
    attack.atMost('children at a time', most, 8)
    attack.atLeast('and so many', most, 8)
    attack.atLeast('ran', outcomes('exited'), 108)
    attack.exactly('ran, or told busy', outcomes('exited') + outcomes('busy'), requests)
    attack.figure('busy', outcomes('busy'))
    const quick = results.filter(({ answers: [one] }) => one?.[0].outcome === 'busy').map(({ ms }) => ms)
    attack.figure('told busy after, at most', Math.max(0, ...quick), 'ms')
  }
}
