/** C4: more datagrams than anybody answers, from one source and from a thousand. */
import type { Row } from '../framework/row.ts'

interface Flood {
  readonly sent: number
  readonly replies: number
  readonly most: number
  readonly ms: number
}

const many = Array.from({ length: 1000 }, (_, index) => `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`)

export const row: Row<{ seconds: number; perSecond: number }> = {
  id: 'C4',
  title: 'a flood of datagrams from one source, then from 1,000, while one client asks four times a second',
  gate: '10 a second and 20 at once for each source; a total is kept within 5 %; memory grows by 10 MB at most; the client loses 1 % at most',
  shows: [
    'replies to one source',
    'replies to the one that got most of a thousand',
    'replies to all in a second',
    'lost by the well-behaved client'
  ],
  quick: { seconds: 3, perSecond: 20_000 },
  full: { seconds: 5, perSecond: 100_000 },
  async run(attack, { seconds, perSecond }) {
    const flood = async (to: string, from: readonly string[]): Promise<Flood> => {
      const plan = { to, texts: ['x'.repeat(32)], count: seconds * perSecond, perSecond, from }
      return attack.python('datagrams.py', plan).event<Flood>('done', 120_000)
    }
    const listen = 'udp://127.0.0.1:0'
    const victim = await attack.victim(
      'shipped?echo',
      { listen, datagrams: { ratePerSecond: 10, burst: 20 } },
      { everyMs: 250, freshMs: 0 }
    )
    // The kernel's buffers and the table of sources are filled once.
    await flood(victim.endpoint, many)
    const { rss } = await victim.inspect()
    const one = await flood(victim.endpoint, ['127.0.2.1'])
    attack.atLeast('replies to one source', one.replies, 20)
    attack.atMost('of what is its due', one.replies / (20 + 10 * (one.ms / 1000) + 10), 1, 'times')
    const all = await flood(victim.endpoint, many)
    attack.atMost('replies to the one that got most of a thousand', all.most, 20 + 10 * (all.ms / 1000) + 10)
    attack.atMost('RSS growth', ((await victim.inspect()).rss - rss) / 1e6, 10, 'MB')

    // Where all together are to get less than their shares, nobody is told apart any more.
    const totalPerSecond = 2000
    const rules = { ratePerSecond: 10, burst: 20, totalPerSecond }
    const bounded = await attack.victim('shipped?echo', { listen, datagrams: rules }, false)
    const total = await flood(bounded.endpoint, many)
    const tookSeconds = total.ms / 1000
    attack.atMost(
      'replies to all in a second',
      total.replies / tookSeconds,
      totalPerSecond * (1.05 + 0.1 / tookSeconds),
      '/s'
    )
    attack.atLeast('the same, at least', total.replies / tookSeconds, totalPerSecond * 0.5, '/s')
    await attack.finish()
    const asked = (attack.bystander?.delays.count ?? 0) + (attack.bystander?.lost ?? 0)
    attack.atMost('lost by the well-behaved client', ((attack.bystander?.lost ?? 1) / Math.max(1, asked)) * 100, 1, '%')
  }
}
