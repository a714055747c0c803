/** C4: more datagrams than anybody answers, from one source and from a thousand. */
import type { Row } from '../framework/row.ts'

interface Flood {
  readonly sent: number
  readonly replies: number
  readonly most: number
  readonly ms: number
}

const many = Array.from({ length: 1000 }, (_, index) => `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`)

/** As many as get their shares out of the total of 10,000 a second, also at once. */
const some = many.slice(0, 300)

export const row: Row<{ seconds: number; perSecond: number }> = {
  id: 'C4',
  title: 'a flood of datagrams from one source, from 300 and from 1,000, while one client asks six times a second',
  gate: '10 a second and 20 at once for each source; a total is kept within 5 %; memory grows by 10 MB at most; the client loses one and 1 % at most',
  shows: [
    'replies to one source',
    'replies to the one that got most of many',
    'replies to all in a second',
    'lost by the well-behaved client'
  ],
  quick: { seconds: 2, perSecond: 20_000 },
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
      { everyMs: 150, freshMs: 0 },
      // What is lost counts as a second; it has a gate of its own.
      { mostP99Ms: 1100 }
    )
    // The kernel's buffers and the table of sources are filled once.
    await flood(victim.endpoint, some)
    const { rss } = await victim.inspect()
    const one = await flood(victim.endpoint, ['127.0.2.1'])
    attack.atLeast('replies to one source', one.replies, 20)
    attack.atMost('of what is its due', one.replies / (20 + 10 * (one.ms / 1000) + 10), 1, 'times')
    const all = await flood(victim.endpoint, some)
    attack.atMost('replies to the one that got most of many', all.most, 20 + 10 * (all.ms / 1000) + 10)
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
    const lost = attack.bystander?.lost ?? 1
    attack.atMost('lost by the well-behaved client', (Math.max(0, lost - 1) / Math.max(1, asked)) * 100, 1, '%')
  }
}
