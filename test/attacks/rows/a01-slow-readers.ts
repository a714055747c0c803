/**
 * A1: clients that offer 64 MiB each and read nothing. Their receive buffer is set before they connect, since else the
 * kernel would take megabytes for each.
 */

import { tally } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'

const MiB = 1024 * 1024

export const row: Row<{ clients: number; stallMs: number }> = {
  id: 'A1',
  title: 'slow readers: each offers 64 MiB to the echo and reads nothing',
  gate: 'memory bounded for one and for all; all are closed at the deadline ± 10 %',
  quick: { clients: 500, stallMs: 3000 },
  full: { clients: 500, stallMs: 10_000 },
  async run(attack, { clients, stallMs }) {
    const victim = await attack.victim('echo', { limits: { writeStallMs: stallMs, slowReaderMs: stallMs } })
    const { rss, heapAndExternal } = attack.before(victim)
    await victim.ask('watchMemory')
    const steps = [{ do: 'offer', bytes: 64 * MiB }] as const
    const crowd = attack.crowd({
      to: victim.endpoint,
      count: clients,
      receiveBytes: 4096,
      sendBytes: 65536,
      segmentBytes: 1400,
      steps
    })
    await crowd.event('offered')
    const stuck = await victim.inspect()
    attack.atMost('RSS growth', (stuck.rss - rss) / 1e6, 200, 'MB')
    attack.atMost('heap and external of each', (stuck.heapAndExternal - heapAndExternal) / clients / 1024, 256, 'KiB')
    const fates = await crowd.fates()
    const { books, peaks } = await victim.inspect()
    attack.atMost('kept for one connection', peaks.keptByOne / 1024, 256, 'KiB')
    attack.figure('kept for all', peaks.kept / MiB, 'MiB')
    attack.exactly('reset by the server', tally(fates).reset ?? 0, clients)
    attack.exactly('closed write_stalled', books.closed.write_stalled?.count ?? 0, clients)
    // The server may have begun to wait before the last bytes were in the kernels.
    await attack.onTime(
      'stall',
      fates.map(({ restedMs }) => restedMs),
      stallMs,
      0
    )
    attack.atLeast('shortest life', Math.min(...fates.map(({ livedMs }) => livedMs)), stallMs, 'ms')

    // A quarter of what they would keep, however many they are.
    const budget = clients * 8 * 1024
    const poor = await attack.victim('echo', { limits: { totalBufferedBytes: budget, writeStallMs: stallMs } })
    await poor.ask('watchMemory')
    const crowdOfPoor = { count: clients / 2, receiveBytes: 4096, sendBytes: 65536, segmentBytes: 1400, steps }
    await attack.crowd({ to: poor.endpoint, connectsPerSecond: 250, ...crowdOfPoor }).fates()
    const poorly = await poor.inspect()
    attack.atMost('with a budget for all: kept, of it', poorly.peaks.kept / budget, 1, 'times')
    // Whom it takes to keep the budget depends on what the kernel holds; that the largest goes first: test/serve/buffered.
    attack.figure('with a budget: closed evicted', poorly.books.closed.evicted?.count ?? 0)
  }
}
