/** L4: what honest clients said, a little wrong, through real sockets, at every server. */
import type { Step } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'
import { Mutator } from '../fuzz/mutator.ts'
import { datagrams, type Sessions, sessions } from '../fuzz/sessions.ts'

export const row: Row<{ each: number }> = {
  id: 'L4',
  title: 'mutated sessions through real sockets at every server, TCP and UDP',
  gate: 'every server lives, its books balance, honest clients are served (10,000 sessions in the full form)',
  shows: ['servers', 'sessions', 'out of patience'],
  quick: { each: 60 },
  full: { each: 1000 },
  patienceMs: 900_000,
  async run(attack, { each }) {
    const mutator = new Mutator(attack.seed)
    const mutated = ({ said }: Sessions): string[] => {
      const inputs = said.map((text) => Buffer.from(text, 'latin1'))
      return Array.from({ length: each }, () => mutator.mutated(mutator.pick(inputs), inputs).toString('latin1'))
    }
    let late = 0
    for (const one of sessions) {
      const limits = { idleMs: 3000, frameMs: 3000, lingerMs: 2000 }
      const victim = await attack.victim(one.subject, { limits, options: one.options ?? {} }, one.bystander ?? false)
      const variants = mutated(one).map((text): Step[] => {
        const cut = mutator.below(text.length + 1)
        const pieces: Step[] = [
          { do: 'send', text: text.slice(0, cut) || text },
          { do: 'rest', ms: [0, 20] },
          { do: 'send', text: text.slice(cut) || '\n' }
        ]
        return mutator.random() < 0.2
          ? [...pieces, { do: 'reset' }]
          : [...pieces, { do: 'fin' }, { do: 'read', bytes: 'end' }]
      })
      // An empty text is through at once and would never be sent.
      const steps = variants.map((list) => list.filter((step) => step.do !== 'send' || step.text !== ''))
      const fates = await attack
        .crowd({ to: victim.endpoint, count: each, variants: steps, atATime: 20, patienceMs: 60_000 })
        .fates()
      late += fates.filter(({ how }) => how === 'patience').length
    }
    for (const one of datagrams) {
      const listen = 'udp://127.0.0.1:0'
      const plain = one.bystander === undefined ? false : { ...one.bystander, freshMs: 0 }
      const victim = await attack.victim(one.subject, { listen }, plain)
      const plan = { to: victim.endpoint, texts: mutated(one), count: each, perSecond: 2000, restMs: 100 }
      await attack.python('datagrams.py', plan).event('done')
    }
    attack.figure('servers', sessions.length + datagrams.length)
    attack.figure('sessions', (sessions.length + datagrams.length) * each)
    attack.exactly('out of patience', late, 0)
  }
}
