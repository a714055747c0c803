/**
 * F1: members who stop reading. Their buffers are small, since else the kernels would take all that is said in minutes; how
 * long those last is seen as the time before the first of them is cut off.
 */
import type { Row } from '../framework/row.ts'

export interface ChatReport {
  readonly sent: number
  readonly heard: number
  readonly lost: number
  readonly doubled: number
  readonly swapped: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
  readonly controlP99Ms: number
  readonly flood: {
    readonly tried: number
    readonly heard: number
    readonly mostInSecond: number
    readonly goneAfter: number | null
  }
}

interface Count {
  readonly seconds: number
  readonly bytes: number
  readonly stallMs: number
}

export const row: Row<Count> = {
  id: 'F1',
  title: '200 members, 100 lines a second, 20 members who never read',
  gate: 'the others hear all of it in order, p99 at most 100 ms; who stalls is cut off at 1 MiB or 10 s; 60 MB at most',
  shows: ['lost, doubled or out of order', 'p99', 'RSS growth'],
  quick: { seconds: 10, bytes: 400, stallMs: 3_000 },
  full: { seconds: 90, bytes: 100, stallMs: 10_000 },
  needs: ['python3'],
  async run(attack, { seconds, bytes, stallMs }) {
    const limits = { writeStallMs: stallMs, slowReaderMs: stallMs }
    const victim = await attack.victim('chat', { limits }, { to: attack.controlEndpoint })
    const { rss } = attack.before(victim)
    await victim.ask('watchMemory')
    const [members, stalled] = [180, 20]
    const crowd = attack.python('chat.py', {
      to: victim.endpoint,
      control: attack.controlEndpoint,
      members,
      stalled,
      senders: 20,
      rate: 100,
      bytes,
      seconds
    })
    const done = await crowd.event<ChatReport>('done', (seconds + 60) * 1000)
    const { gone } = await crowd.event<{ gone: number[] }>('stalled')
    const { books, peaks, cpuMs } = await victim.inspect()
    attack.figure('processor time of the server', cpuMs / seconds / 10, '%')
    attack.atLeast('lines said', done.sent, 95 * seconds)
    attack.exactly('lines heard', done.heard, done.sent * (members - 1))
    attack.exactly('lost, doubled or out of order', done.lost + done.doubled + done.swapped, 0)
    attack.soonEnough('p99', done.p99Ms, 100, done.controlP99Ms)
    attack.figure('longest', done.mostMs, 'ms')
    attack.exactly('stalled members cut off', gone.length, stalled)
    attack.figure('the first of them after', Math.min(...gone), 's')
    attack.figure('the last of them after', Math.max(...gone), 's')
    const cut = (books.closed.write_stalled?.count ?? 0) + (books.closed.slow_reader?.count ?? 0)
    attack.exactly('closed as stalled or slow', cut, stalled)
    attack.atMost('RSS growth', (peaks.rss - rss) / 1e6, 60, 'MB')
    attack.atMost('kept for one member', peaks.keptByOne / 1024, 1024, 'KiB')
  }
}
