/** B4: somebody on the way flips a bit behind the handshake, in either direction. */
import { faultProxy } from '../../../lib/faults/index.ts'
import { certify } from '../../support/certificates.ts'
import { Remote } from '../framework/remote.ts'
import type { Row } from '../framework/row.ts'

export interface FlipReport {
  readonly altered: number
  readonly closed: number
  readonly whole: number
  /** Why the first one was not closed. */
  readonly how: string
}

export const row: Row<{ times: number }> = {
  id: 'B4',
  title: 'a bit flipped behind the TLS handshake, at a place drawn for each connection, to the server and from it',
  gate: 'every connection is closed with an error, no altered byte comes out',
  shows: ['up: closed with an error', 'down: closed with an error', 'down: altered bytes that came out'],
  quick: { times: 60 },
  full: { times: 500 },
  async run(attack, { times }) {
    const { cert, key } = certify()
    const victim = await attack.victim('echo', { listen: 'tls://127.0.0.1:0', tls: { cert, key } }, { ca: cert })
    const bytes = 40_000
    for (const way of ['up', 'down'] as const) {
      // Behind what a handshake takes in this direction, and in front of the last byte.
      const flipBit = { at: { between: [4000, bytes] } } as const
      const proxy = await faultProxy({
        target: victim.endpoint.replace('tls:', 'tcp:'),
        seed: attack.seed,
        [way]: { flipBit }
      })
      attack.after(() => proxy.close())
      const client = new Remote('the client', new URL('../flipped-client-process.ts', import.meta.url))
      attack.after(() => client.kill())
      const to = proxy.endpoint.replace('tcp:', 'tls:')
      const report = await client.ask<FlipReport>('echoes', { to, ca: cert, times, bytes }, 600_000)
      await proxy.close()
      attack.exactly(`${way}: closed with an error`, report.closed, times)
      attack.exactly(`${way}: altered bytes that came out`, report.altered, 0)
      if (report.how !== '') attack.figure(`${way}: the first that was not`, report.how)
    }
    const { books } = await victim.stats()
    attack.atLeast('closed peer_reset', books.closed.peer_reset?.count ?? 0, times)
  }
}
