/** A15: many connections that do nothing. */
import { certify } from '../../support/certificates.ts'
import { rest } from '../framework/attack.ts'
import type { CrowdPlan } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'
import { tlsClients } from '../framework/tls-clients.ts'

const from = Array.from({ length: 8 }, (_, index) => `127.0.1.${index + 1}`)

export const row: Row<{ clients: number; overTls: number }> = {
  id: 'A15',
  title: 'idle connections, with all limits and deadlines on; and over TLS',
  gate: 'at most 12 KiB each, 60 KiB over TLS; 1 % of a core, and an echo among them within 20 ms',
  shows: ['RSS of each', 'of a core, for those that idle', 'over TLS: RSS of each'],
  quick: { clients: 3000, overTls: 1000 },
  full: { clients: 10_000, overTls: 5000 },
  async run(attack, { clients, overTls }) {
    const talk = { everyMs: 100, freshMs: 0 }
    const limits = { maxConnections: clients + 10 }
    const victim = await attack.victim('echo', { limits }, talk, { mostP99Ms: 20 })
    const { rss, heapAndExternal } = attack.before(victim)
    const ms = attack.full ? 10_000 : 2000
    const share = async (): Promise<number> => {
      await victim.ask('newCpu')
      await rest(ms)
      return ((await victim.ask<number>('cpuMs')) / ms) * 100
    }
    // The bystander, and that we measure, costs something too.
    const alone = await share()
    const plan: CrowdPlan = {
      to: victim.endpoint,
      count: clients,
      from,
      connectsPerSecond: 1000,
      steps: [{ do: 'hold' }]
    }
    const crowd = attack.crowd({ ...plan, patienceMs: 600_000 })
    await crowd.event('held')
    await victim.until(({ open }) => open > clients, 'all are here')
    const idle = await victim.inspect()
    attack.atMost('RSS of each', (idle.rss - rss) / clients / 1024, 12, 'KiB')
    attack.atMost('heap and external of each', (idle.heapAndExternal - heapAndExternal) / clients / 1024, 12, 'KiB')
    const together = await share()
    attack.figure('of a core, before they came', alone, '%')
    attack.atMost('of a core, for those that idle', together - alone, 1, '%')
    crowd.release()
    await crowd.fates()

    const { cert, key } = certify()
    const secure = { listen: 'tls://127.0.0.1:0', tls: { cert, key }, limits: { maxConnections: overTls + 10 } }
    // Handshakes go on beside it: the 20 ms are those of the idle ones above.
    const secured = await attack.victim('echo', secure, { ...talk, ca: cert })
    const holding = tlsClients(attack)
    await holding.ask('hold', { to: secured.endpoint, ca: cert, count: 200 })
    const few = await secured.inspect()
    await holding.ask('hold', { to: secured.endpoint, ca: cert, count: overTls - 200 }, 300_000)
    const held = await secured.inspect()
    attack.atMost('over TLS: RSS of each', (held.rss - few.rss) / (overTls - 200) / 1024, 60, 'KiB')
    await holding.ask('release')
  }
}
