/** A11: few file descriptors, many clients, and files that are opened meanwhile. */
import { rest } from '../framework/attack.ts'
import type { Row } from '../framework/row.ts'

export const row: Row<{ clients: number }> = {
  id: 'A11',
  title: '256 descriptors, 1,000 clients, while files are opened (failing accepts of the kernel: test/transport)',
  gate: 'no open fails; each refusal is counted; 20 % of a core while full; served again within a second',
  quick: { clients: 1000 },
  full: { clients: 5000 },
  needs: ['prlimit'],
  async run(attack, { clients }) {
    const wrapper = ['prlimit', '--nofile=256:256']
    const victim = await attack.victim('files', {}, { freshMs: 0 }, { wrapper })
    const { endpoint: to } = victim
    await victim.until(({ open }) => open === 1, 'the bystander is there')
    await victim.ask('openFiles')
    const crowd = attack.crowd({ to, count: clients, connectsPerSecond: 1000, steps: [{ do: 'hold' }] })
    await crowd.event('connected')
    const full = await victim.until(({ open, refused }) => open - 1 + refused >= clients, 'all were judged')
    await victim.ask('newCpu')
    await rest(1000)
    attack.atMost(
      'of a core while full, files and bystander among it',
      (await victim.ask<number>('cpuMs')) / 10,
      20,
      '%'
    )
    attack.figure('open', full.open)
    const { connection_limit, fd_limit } = full.refusals
    attack.exactly('refused, as connection_limit or fd_limit', connection_limit + fd_limit, clients - full.open + 1)
    const { opened, failed } = await victim.ask<{ opened: number; failed: number }>('opened')
    attack.figure('times that 20 files were opened', opened)
    attack.exactly('opens that failed', failed, 0)
    crowd.release()
    await crowd.fates()
    const after = performance.now()
    const hello = [{ do: 'send', text: 'hello' }, { do: 'read', bytes: 5 }, { do: 'close' }] as const
    await victim.until(({ open }) => open === 1, 'the crowd has left')
    const [fate] = await attack.crowd({ to, count: 1, steps: hello }).fates()
    attack.exactly('served afterwards', fate?.received ?? 0, 5)
    attack.soonEnough('after', performance.now() - after, 1000, await attack.worst())
  }
}
