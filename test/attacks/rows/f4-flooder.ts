/** F4: one member sends 10,000 lines a second among others who talk as people do. */
import type { Row } from '../framework/row.ts'
import type { ChatReport } from './f1-stalled-members.ts'

export const row: Row<{ floodMs: number; members: number }> = {
  id: 'F4',
  title: 'a flood of 10,000 lines a second by one member',
  gate: 'at most 20 of them in a second; not read meanwhile, and gone after 10 s; the others hear each other, p99 100 ms',
  quick: { floodMs: 3_000, members: 50 },
  full: { floodMs: 10_000, members: 200 },
  needs: ['python3'],
  async run(attack, { floodMs, members }) {
    const victim = await attack.victim('chat', { options: { floodMs } }, { to: attack.controlEndpoint })
    const crowd = attack.python('chat.py', {
      to: victim.endpoint,
      control: attack.controlEndpoint,
      members,
      senders: 10,
      rate: 50,
      bytes: 100,
      seconds: floodMs / 1000 + 4,
      flood: 10_000
    })
    const { flood, ...done } = await crowd.event<ChatReport>('done', floodMs + 60_000)
    const { books } = await victim.inspect()
    attack.atMost('flood lines in any second', flood.mostInSecond, 20)
    attack.atMost('flood lines in all', flood.heard, 20 * (floodMs / 1000 + 1))
    attack.atLeast('flood lines in all, at least', flood.heard, 20 * (floodMs / 1000 - 1))
    attack.atMost('bytes taken of the flood', flood.tried / 1e6, 8, 'MB')
    await attack.onTime('gone', [(flood.goneAfter ?? Number.POSITIVE_INFINITY) * 1000], floodMs, 1_000)
    attack.exactly('closed malformed', books.closed.malformed?.count ?? 0, 1)
    attack.exactly('lost, doubled or out of order', done.lost + done.doubled + done.swapped, 0)
    attack.soonEnough('p99 of the others', done.p99Ms, 100, done.controlP99Ms)
  }
}
