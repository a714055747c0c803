/** B9: what a full handshake costs the server, and how long it takes. */
import { certify } from '../../support/certificates.ts'
import type { Row } from '../framework/row.ts'
import { tlsClients } from '../framework/tls-clients.ts'
import type { HandshakeReport } from '../tls-clients-process.ts'

export const row: Row<{ handshakes: number }> = {
  id: 'B9',
  title: 'full TLS 1.3 handshakes, each with an echo behind it, as fast as they go',
  gate: '250 for each second of a core that the server uses',
  quick: { handshakes: 600 },
  full: { handshakes: 6000 },
  async run(attack, { handshakes }) {
    const { cert, key } = certify()
    const victim = await attack.victim(
      'echo',
      { listen: 'tls://127.0.0.1:0', tls: { cert, key } },
      { ca: cert, freshMs: 0 }
    )
    const clients = tlsClients(attack)
    const plan = { to: victim.endpoint, ca: cert, atATime: 8 }
    await clients.ask('handshakes', { ...plan, count: 100 })
    await victim.ask('newCpu')
    const report = await clients.ask<HandshakeReport>('handshakes', { ...plan, count: handshakes }, 600_000)
    const cpuMs = await victim.ask<number>('cpuMs')
    attack.exactly('failed', report.failed, 0)
    attack.atLeast('handshakes for a second of the server’s core', (handshakes / cpuMs) * 1000, 250, '/s')
    attack.figure('handshakes, client and server on this machine', (handshakes / report.ms) * 1000, '/s')
    attack.figure('handshake p50', report.p50Ms, 'ms')
  }
}
