/** A18: handlers that fail in every way, while others work. */
import type { Row } from '../framework/row.ts'

/** As subjects/modes.ts knows them. */
const ways = { r: 'rejects', f: 'throws in its finally', b: 'breaks' } as const

export const row: Row<{ each: number; good: number }> = {
  id: 'A18',
  title: 'handlers that throw, reject, break, throw in a finally, never return; good ones among them',
  gate: 'the good have no error; each fault ends its own connection as handler_error, and is told once',
  quick: { each: 200, good: 100 },
  full: { each: 1000, good: 200 },
  async run(attack, { each, good }) {
    const limits = { lingerMs: 1000 }
    const victim = await attack.victim('modes', { limits }, { greeting: 'e', freshMs: 0 })
    const { endpoint: to } = victim
    await victim.until(({ open }) => open === 1, 'the bystander is there')
    await victim.ask('next', { throwing: each })
    const thrown = await attack
      .crowd({ to, count: each, connectsPerSecond: 500, steps: [{ do: 'read', bytes: 'end' }] })
      .fates()
    const rounds = 20
    const talk = Array.from({ length: rounds }, () => [
      { do: 'send' as const, text: 'hello' },
      { do: 'read' as const, bytes: 5 },
      { do: 'rest' as const, ms: [0, 100] as const }
    ]).flat()
    const crowds = [
      attack.crowd({
        to,
        count: good,
        steps: [{ do: 'send', text: 'e' }, ...talk, { do: 'fin' }, { do: 'read', bytes: 'end' }]
      }),
      ...Object.keys(ways).map((text) =>
        attack.crowd({
          to,
          count: each,
          connectsPerSecond: each,
          steps: [
            { do: 'send', text },
            { do: 'read', bytes: 'end' }
          ]
        })
      )
    ]
    const sleepers = attack.crowd({
      to,
      count: each,
      steps: [{ do: 'send', text: 's' }, { do: 'fin' }, { do: 'hold' }]
    })
    const [goodFates = []] = await Promise.all(crowds.map((crowd) => crowd.fates()))
    const whole = goodFates.filter(({ received, how }) => received === rounds * 5 && how === 'fin')
    attack.exactly('good ones without an error', whole.length, good)
    attack.exactly(
      'of those thrown at once, told by the end of the line',
      thrown.filter(({ how }) => how !== 'patience').length,
      each
    )
    await sleepers.fates()
    const { books, closed } = await victim.stats()
    attack.exactly('closed handler_error', closed.handler_error, each * 3)
    // The linger time is a fault to the handlers that it ends.
    attack.exactly('faults told', books.events.fault ?? 0, each * 4)
    attack.exactly('closed finished', closed.finished - (attack.before(victim).stats.closed.finished ?? 0), each + good)
    attack.exactly('never returned: closed linger_timeout', closed.linger_timeout, each)
  }
}
