/** B8: the certificates change while handshakes go on; connections that were open stay. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certify } from '../../support/certificates.ts'
import type { Row } from '../framework/row.ts'
import { tlsClients } from '../framework/tls-clients.ts'
import type { HandshakeReport } from '../tls-clients-process.ts'

export const row: Row<{ handshakes: number; reloads: number }> = {
  id: 'B8',
  title: 'ten changes of the certificate during 500 handshakes',
  gate: 'no handshake fails, connections that were open stay',
  quick: { handshakes: 500, reloads: 10 },
  full: { handshakes: 3000, reloads: 60 },
  async run(attack, { handshakes, reloads }) {
    const folder = mkdtempSync(join(tmpdir(), 'its-'))
    attack.after(() => rmSync(folder, { recursive: true, force: true }))
    // Of different names: authorities of one name hide each other.
    const pairs = ['one', 'two', 'three'].map((name) => certify({ name }))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const use = (index: number): void => {
      const pair = pairs[index % pairs.length] as (typeof pairs)[number]
      copyFileSync(pair.certFile, cert)
      copyFileSync(pair.keyFile, key)
    }
    use(0)
    const ca = pairs.map((pair) => pair.cert).join('')
    const tls = { cert: { file: cert }, key: { file: key }, certificateCheckMs: 0 }
    const victim = await attack.victim('echo', { listen: 'tls://127.0.0.1:0', tls }, { ca })
    const { endpoint: to } = victim
    const [old, fresh] = [tlsClients(attack), tlsClients(attack)]
    await old.ask('hold', { to, ca, count: 50 })
    let over = false
    const running = fresh.ask<HandshakeReport>('handshakes', { to, ca, count: handshakes, atATime: 10 }, 600_000)
    const ended = running.finally(() => {
      over = true
    })
    let done = 0
    for (; done < reloads; done++) {
      use(done + 1)
      await victim.ask('reload')
      if (!over) await new Promise((resolve) => setTimeout(resolve, 60))
    }
    const report = await ended
    attack.figure('reloads', done)
    attack.exactly('answered', report.answered, handshakes)
    attack.exactly('failed', report.failed, 0)
    if (report.failed > 0) attack.figure('the first', String(report.errors[0]))
    attack.exactly('open ones that are answered afterwards', await old.ask<number>('askKept'), 50)
    attack.exactly('reload events', (await victim.stats()).books.events.reload ?? 0, reloads)
    await old.ask('release')
  }
}
