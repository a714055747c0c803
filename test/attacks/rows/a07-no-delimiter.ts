/** A7: frames without an end, as fast as they go. */
import { tally } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'

const MiB = 1024 * 1024

export const row: Row<{ clients: number; megabytes: number }> = {
  id: 'A7',
  title: 'no delimiter ever: 1 GiB from each client without a question mark',
  gate: 'closed frame_too_large at the frame limit and one read; memory grows by 15 MB at most',
  shows: ['closed frame_too_large', 'read of one at most', 'RSS growth'],
  quick: { clients: 100, megabytes: 1024 },
  full: { clients: 100, megabytes: 1024 },
  async run(attack, { clients, megabytes }) {
    const victim = await attack.victim(
      'zen',
      { limits: { lingerMs: 1000 } },
      { say: 'Simple is better than?', hear: 'Complex.' }
    )
    const { rss, heapAndExternal } = attack.before(victim)
    const steps = [{ do: 'offer', bytes: megabytes * MiB, fill: 'x' }] as const
    const plan = { to: victim.endpoint, count: clients, connectsPerSecond: 500, steps }
    const fates = await attack.crowd(plan).fates()
    // Who sends on behind the 64 KiB that are thrown away keeps a place for the linger time.
    await victim.until(({ open }) => open <= 2, 'all are closed', 5000)
    const { books, mostTaken, ...memory } = await victim.inspect()
    attack.exactly('closed frame_too_large', books.closed.frame_too_large?.count ?? 0, clients)
    attack.exactly('cut off', (tally(fates).reset ?? 0) + (tally(fates).fin ?? 0), clients)
    // The handler's input, and what is read and thrown away while the answer goes out.
    attack.atMost('read of one at most', mostTaken / 1024, 1 + 64 + 128, 'KiB')
    attack.atMost('RSS growth', (memory.rss - rss) / 1e6, 15, 'MB')
    attack.atMost('heap and external growth', (memory.heapAndExternal - heapAndExternal) / 1e6, 15, 'MB')
  }
}
