/** A3: clients that send, end their half, and then read the reply. Node's own iterator loses it (test/transport/half-close.test.ts). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certify } from '../../support/certificates.ts'
import type { Row } from '../framework/row.ts'

const sizes = [0, 1, 100, 65_536, 8_388_608]

export const row: Row<{ times: number }> = {
  id: 'A3',
  title: 'half-close: 0 to 8 MiB, then the end of the half, then the reply; over TCP, TLS and a Unix socket',
  gate: 'every reply is complete and ends in order',
  quick: { times: 20 },
  full: { times: 200 },
  async run(attack, { times }) {
    const { cert, key } = certify()
    const folder = mkdtempSync(join(tmpdir(), 'its-'))
    attack.after(() => rmSync(folder, { recursive: true, force: true }))
    const listen = ['tcp://127.0.0.1:0', 'tls://127.0.0.1:0', `unix:${join(folder, 's')}`]
    const victim = await attack.victim('echo', { listen, tls: { cert, key } })
    const wanted = times * 4 + Math.max(1, Math.floor(times / 5))
    for (const to of victim.endpoints) {
      const client = attack.python('halfclose.py', { to, sizes, times })
      const { whole, broken } = await client.event<{ whole: number; broken: string[] }>('done', 600_000)
      attack.exactly(`whole replies, ${to.split(':')[0]}`, whole, wanted)
      if (broken.length > 0) attack.figure('the first that is not', String(broken[0]))
    }
  }
}
