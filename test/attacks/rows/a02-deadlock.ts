/**
 * A2: the client of tcp_deadlock.py, which sends all before it reads; and the same client with a reader beside it, whose
 * bytes all come back, as fast as they do from the plain echo.
 */
import type { Row } from '../framework/row.ts'

interface Sent {
  readonly how: string
  readonly sent: number
  readonly received: number
  readonly same: boolean
  readonly ms: number
  readonly restedMs: number
}

export const row: Row<{ megabytes: number; stallMs: number }> = {
  id: 'A2',
  title: 'a blocking client that sends 64 MiB before it reads; one that reads beside it',
  gate: 'at most 256 KiB kept, closed write_stalled at the deadline; with a reader every byte comes back',
  shows: ['share of the plain echo, or of 300 MB/s', 'stall, latest', 'kept for it'],
  quick: { megabytes: 128, stallMs: 1500 },
  full: { megabytes: 1024, stallMs: 10_000 },
  async run(attack, { megabytes, stallMs }) {
    const victim = await attack.victim('echo', { limits: { writeStallMs: stallMs } }, { freshMs: 0 })
    const to = victim.endpoint
    await victim.ask('watchMemory')
    const stuck = attack.python('deadlock.py', { to, bytes: 64 * 1024 * 1024, reader: false })
    const { how, received, restedMs } = await stuck.event<Sent>('done')
    attack.exactly('how it ended', how, 'reset')
    attack.figure('bytes read by it', received)
    await attack.onTime('stall', [restedMs], stallMs)
    const { books, peaks } = await victim.inspect()
    attack.exactly('closed write_stalled', books.closed.write_stalled?.count ?? 0, 1)
    attack.atMost('kept for it', peaks.keptByOne / 1024, 256, 'KiB')

    const bytes = megabytes * 1024 * 1024
    const through = async (to: string): Promise<number> => {
      const client = attack.python('deadlock.py', { to, bytes, reader: true })
      const { same, ms, received } = await client.event<Sent>('done', 120_000)
      attack.holds(`${megabytes} MiB come back, ${to === victim.endpoint ? 'ours' : 'plain echo'}`, same, `${received}`)
      return bytes / 1e3 / ms
    }
    const plain = await through(attack.controlEndpoint)
    const ours = await through(to)
    attack.figure('speed', ours, 'MB/s')
    attack.figure('speed of the plain echo', plain, 'MB/s')
    attack.atLeast('share of the plain echo, or of 300 MB/s', Math.max(ours / plain, ours / 300), 0.8, 'times')
  }
}
