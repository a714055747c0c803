/** A12: more clients than places, all at once, again and again. */
import type { Row } from '../framework/row.ts'

const limit = 10

export const row: Row<{ clients: number; rounds: number }> = {
  id: 'A12',
  title: 'ten places, fifty clients at once',
  gate: 'never more than 10 open; exactly 40 refused in each round',
  quick: { clients: 50, rounds: 10 },
  full: { clients: 50, rounds: 100 },
  async run(attack, { clients, rounds }) {
    // The bystander has the place beside the ten.
    const victim = await attack.victim('echo', { limits: { maxConnections: limit + 1 } }, { freshMs: 0 })
    await victim.until(({ open }) => open === 1, 'the bystander has its place')
    const steps = [{ do: 'hold' }] as const
    let wrong = 0
    for (let round = 1; round <= rounds; round++) {
      const crowd = attack.crowd({ to: victim.endpoint, count: clients, steps })
      await crowd.event('connected')
      const before = (round - 1) * (clients - limit)
      await victim.until(({ refused, open }) => refused - before + open >= clients + 1, 'all of a round were judged')
      const { refusals } = await victim.stats()
      if (refusals.connection_limit - before !== clients - limit) wrong++
      crowd.release()
      await crowd.fates()
      await victim.until(({ open }) => open === 1, 'all of a round have left')
    }
    const { books, refusals } = await victim.stats()
    attack.atMost('open at most, the bystander among them', books.most, limit + 1)
    attack.exactly('rounds with another number refused', wrong, 0)
    attack.exactly('refused connection_limit', refusals.connection_limit, rounds * (clients - limit))
  }
}
