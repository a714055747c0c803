/** A14: the event loop is blocked while many connect: the kernel's queue takes them, and nobody waits for a retry. */
import { readFileSync } from 'node:fs'
import type { Row } from '../framework/row.ts'

export const row: Row<{ clients: number; stallMs: number }> = {
  id: 'A14',
  title: 'the loop blocked for 1.5 s while 3,000 connect',
  gate: 'no connect takes longer than 0.9 s, and all are served',
  quick: { clients: 3000, stallMs: 1500 },
  full: { clients: 4000, stallMs: 1500 },
  async run(attack, { clients, stallMs }) {
    attack.figure('backlog of the kernel', Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')))
    // The bystander waits out the stall as everybody does.
    const victim = await attack.victim('echo', {}, {}, { mostP99Ms: stallMs + 500, mostLoopMs: stallMs })
    const steps = [{ do: 'send', text: 'hello\n' }, { do: 'read', bytes: 6 }, { do: 'close' }] as const
    const stalled = victim.ask('stall', stallMs)
    const crowd = attack.crowd({ to: victim.endpoint, count: clients, steps })
    const fates = await crowd.fates()
    await stalled
    attack.exactly('served', fates.filter(({ received }) => received === 6).length, clients)
    attack.exactly('connects longer than 0.9 s', fates.filter(({ connectMs }) => connectMs > 900).length, 0)
    attack.atMost('longest connect', Math.max(...fates.map(({ connectMs }) => connectMs)), 900, 'ms')
    attack.atLeast('longest answer, because of the stall', Math.max(...fates.map(({ livedMs }) => livedMs)), 300, 'ms')
  }
}
