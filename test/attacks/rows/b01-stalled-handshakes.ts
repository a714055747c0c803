/** B1: handshakes that never end: nothing is sent, a byte every 200 ms, the beginning of a hello and then silence. */
import { certify } from '../../support/certificates.ts'
import type { CrowdPlan, Step } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'
import { tlsClients } from '../framework/tls-clients.ts'
import type { HandshakeReport } from '../tls-clients-process.ts'

const hello = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
const ways: Record<string, Step[]> = {
  silent: [{ do: 'read', bytes: 'end' }],
  'a byte every 200 ms': [
    { do: 'send', text: hello },
    { do: 'drip', text: '\0', everyMs: 200 }
  ],
  'half a hello': [
    { do: 'send', text: hello },
    { do: 'read', bytes: 'end' }
  ]
}

export const row: Row<{ alone: number; crowd: number; handshakeMs: number }> = {
  id: 'B1',
  title:
    'stalled TLS handshakes: silent, a byte every 200 ms, half a hello; few of them, then ten times as many as there are slots',
  gate: 'few: each closed handshake_timeout at the deadline ± 10 %; many: they lose their slots to honest handshakes, which take 250 ms at most; no place of maxConnections is taken',
  shows: ['few: closed after, latest', 'many: honest handshakes p99', 'places taken at most'],
  quick: { alone: 60, crowd: 300, handshakeMs: 2000 },
  full: { alone: 90, crowd: 1000, handshakeMs: 5000 },
  async run(attack, { alone, crowd, handshakeMs }) {
    const { cert, key } = certify()
    const limits = { maxConnections: 5 }
    const options = { listen: 'tls://127.0.0.1:0', tls: { cert, key, handshakeMs }, limits }
    const victim = await attack.victim('echo', options, { ca: cert, freshMs: 1000 })
    const plan: CrowdPlan = {
      to: victim.endpoint,
      count: alone,
      variants: Object.values(ways),
      patienceMs: handshakeMs * 4
    }
    const fates = await attack.crowd(plan).fates()
    const first = (await victim.stats()).refusals
    attack.exactly('few: closed handshake_timeout', first.handshake_timeout, alone)
    await attack.onTime(
      'few: closed after',
      fates.map(({ livedMs }) => livedMs),
      handshakeMs
    )

    const many = attack.crowd({ ...plan, count: crowd, connectsPerSecond: (crowd / handshakeMs) * 1000 })
    const clients = tlsClients(attack)
    const count = Math.round(handshakeMs / 50)
    const good = await clients.ask<HandshakeReport>('handshakes', {
      to: victim.endpoint,
      ca: cert,
      count,
      atATime: 2,
      everyMs: 30
    })
    await many.fates()
    attack.exactly('many: honest handshakes that failed', good.failed, 0)
    if (good.failed > 0) attack.figure('many: the first', String(good.errors[0]))
    attack.soonEnough('many: honest handshakes p99', good.p99Ms, 250, await attack.worst())
    const { refusals, books } = await victim.stats()
    attack.exactly(
      'many: closed handshake_timeout or handshake_limit',
      refusals.handshake_timeout + refusals.handshake_limit,
      alone + crowd
    )
    attack.exactly('refused connection_limit', refusals.connection_limit, 0)
    attack.atMost('places taken at most', books.most, 5)
  }
}
