/** A19: every 100 ms something goes wrong, beside connections that nothing is wrong with. */

import { certify } from '../../support/certificates.ts'
import { rest } from '../framework/attack.ts'
import { type Step, tally } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'

export const row: Row<{ clients: number; seconds: number }> = {
  id: 'A19',
  title:
    'havoc: resets, handlers that throw, a stalled loop, certificates read again, suspend and resume, beside 100 that talk',
  gate: 'those that talk get every byte; 200 new ones are served afterwards',
  quick: { clients: 100, seconds: 6 },
  full: { clients: 200, seconds: 60 },
  async run(attack, { clients, seconds }) {
    const { certFile, keyFile } = certify()
    const tls = { cert: { file: certFile }, key: { file: keyFile } }
    const listen = ['tcp://127.0.0.1:0', 'tls://127.0.0.1:0']
    // Stalls of 50 ms are a part of the havoc.
    const victim = await attack.victim('modes', { listen, tls }, { greeting: 'e', freshMs: 0 }, { mostP99Ms: 150 })
    const { endpoint: to } = victim
    const rounds = seconds * 10
    const talk = Array.from({ length: rounds }, (): Step[] => [
      { do: 'send', text: 'something' },
      { do: 'read', bytes: 9 },
      { do: 'rest', ms: [50, 150] }
    ]).flat()
    const steps: Step[] = [{ do: 'send', text: 'e' }, ...talk, { do: 'fin' }, { do: 'read', bytes: 'end' }]
    const talkers = attack.crowd({ to, count: clients, patienceMs: seconds * 4000 + 20_000, steps })
    await talkers.event('connected')
    // The kernel has connections that the server has not taken yet; those end with the socket that listens, at a suspend.
    await victim.until(({ open }) => open >= clients, 'all are taken')
    const storms = {
      reset: [{ do: 'send', text: 'ehalf a fra' }, { do: 'rest', ms: [0, 80] }, { do: 'reset' }],
      reject: [
        { do: 'send', text: 'r' },
        { do: 'read', bytes: 'end' }
      ],
      finally: [
        { do: 'send', text: 'f' },
        { do: 'read', bytes: 'end' }
      ]
    } satisfies Record<string, Step[]>
    const rate = { connectsPerSecond: 15, patienceMs: seconds * 4000 + 20_000 }
    const storm = attack.crowd({ to, count: seconds * 15, variants: Object.values(storms), ...rate })
    let done = 0
    for (const until = performance.now() + seconds * 1000; performance.now() < until; done++) {
      const kind = Math.floor(attack.random() * 3)
      if (kind === 0) await victim.ask('stall', 50)
      else if (kind === 1) await victim.ask('reload')
      else await victim.ask('suspend')
      await rest(kind === 2 ? 30 : 100)
      if (kind === 2) await victim.ask('resume')
    }
    attack.figure('stalls, reloads, suspensions', done)
    await storm.fates()
    const fates = await talkers.fates()
    attack.figure('how the talks ended', JSON.stringify(tally(fates)))
    attack.exactly(
      'talked to the end',
      fates.filter(({ how, received }) => how === 'fin' && received === rounds * 9).length,
      clients
    )
    const hello = [{ do: 'send', text: 'ehello' }, { do: 'read', bytes: 5 }, { do: 'close' }] as const
    const late = await attack.crowd({ to, count: 200, steps: hello }).fates()
    attack.exactly('new ones afterwards', late.filter(({ received }) => received === 5).length, 200)
  }
}
