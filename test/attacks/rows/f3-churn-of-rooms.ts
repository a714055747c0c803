/** F3: rooms and names that come and go, and more rooms than there may be. */
import type { Row } from '../framework/row.ts'

/** At the pace of people, 7,500 lines would not come in one turn. */
const unpaced = { mostLoopMs: 600 }

export const row: Row<{ changes: number; rooms: number }> = {
  id: 'F3',
  title: 'joining, renaming and leaving again and again, then rooms without end',
  gate: 'the heap grows by 5 MB at most, empty rooms are gone, never more than 1,000 rooms and 20 for each member',
  quick: { changes: 10_000, rooms: 2_500 },
  full: { changes: 100_000, rooms: 10_000 },
  needs: ['python3'],
  async run(attack, { changes, rooms }) {
    // The pace remembers the times of as many lines as may pass in a second.
    const options = { linesPerSecond: 1_000, floodMs: 600_000 }
    const victim = await attack.victim('chat', { options }, { to: attack.controlEndpoint }, unpaced)
    const { heapUsed } = attack.before(victim)
    const churn = attack.python('chat_churn.py', { to: victim.endpoint, changes, members: 100, rooms })
    await churn.event('churned', 600_000)
    attack.atMost('heap growth of the churn', ((await victim.inspect()).heapUsed - heapUsed) / 1e6, 5, 'MB')
    const done = await churn.event<{ most: number; refused: number; perMember: number; left: number }>('done', 600_000)
    // One place is kept for the lobby.
    attack.about('rooms at most', done.most, 1000, 0, 1)
    attack.atMost('rooms of one member', done.perMember, 20)
    attack.atLeast('refused', done.refused, rooms - 1000)
    attack.exactly('rooms when all but one have left', done.left, 0)
  }
}
