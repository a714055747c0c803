/** A17: resets at every moment: right behind the connect, inside a TLS handshake, inside a frame, while an answer goes out, while the server drains. */

import { certify } from '../../support/certificates.ts'
import type { Step } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'

/** The beginning of a ClientHello. */
const hello = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'

export const row: Row<{ each: number }> = {
  id: 'A17',
  title: 'a storm of resets: before accept, in a handshake, in a frame, in an answer, in the drain',
  gate: 'nothing escapes; the finally of every handler runs exactly once',
  quick: { each: 400 },
  full: { each: 2500 },
  async run(attack, { each }) {
    const { cert, key } = certify()
    const listen = ['tcp://127.0.0.1:0', 'tls://127.0.0.1:0']
    const victim = await attack.victim('modes', { listen, tls: { cert, key } }, { greeting: 'e' })
    const [tcp = '', tls = ''] = victim.endpoints
    const reset = (ms: number): Step[] => [{ do: 'rest', ms: [0, ms] }, { do: 'reset' }]
    const storms: Record<string, [string, Step[]]> = {
      'before accept': [tcp, [{ do: 'reset' }]],
      handshake: [tls, [{ do: 'send', text: hello }, ...reset(50)]],
      frame: [tcp, [{ do: 'send', text: 'ehalf of a fra' }, ...reset(50)]],
      answer: [tcp, [{ do: 'send', text: 'e' }, { do: 'send', text: 'x'.repeat(65_536) }, ...reset(50)]]
    }
    const plan = { count: each, connectsPerSecond: Math.min(each / 3, 200), receiveBytes: 4096 }
    const crowds = Object.values(storms).map(([to, steps]) => attack.crowd({ to, steps, ...plan }))
    const fates = (await Promise.all(crowds.map((crowd) => crowd.fates()))).flat()
    attack.exactly('resets', fates.length, each * 4)
    await victim.until(({ open }) => open <= 2, 'all that were reset are closed')
    const { entered, left } = await victim.ask<{ entered: number; left: number }>('counts')
    attack.figure('handlers entered', entered)
    attack.atMost('handlers at work, those of the bystander', entered - left, 2)
    const { books } = await victim.stats()
    attack.atLeast('closed peer_reset', books.closed.peer_reset?.count ?? 0, each)

    const drained = await attack.victim('modes', {}, false, { endsItself: true })
    const last = attack.crowd({
      to: drained.endpoint,
      count: each,
      steps: [
        { do: 'send', text: 'e' },
        { do: 'send', text: 'x'.repeat(65_536) },
        { do: 'rest', ms: [1000, 4000] },
        { do: 'reset' }
      ]
    })
    await drained.until(({ open }) => open > each / 3, 'many are here')
    await drained.ask('stop', 4000)
    await last.fates()
    const after = await drained.inspect()
    const counts = await drained.ask<{ entered: number; left: number }>('counts')
    attack.exactly('in the drain: handlers left behind', counts.entered - counts.left, 0)
    attack.exactly('in the drain: open', after.stats.open, 0)
    attack.exactly('in the drain: escaped', after.escaped.length, 0)
    attack.holds('in the drain: books', after.books.wrong.length === 0, after.books.wrong[0])
  }
}
