/** B7: what is no TLS, and hellos that are a little wrong, at the port of TLS. */
import { createServer } from 'node:net'
import { connect } from 'node:tls'
import { certify } from '../../support/certificates.ts'
import type { Step } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'
import { Mutator } from '../fuzz/mutator.ts'

/** What a client of Node says first. */
async function hello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const said = new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) =>
      socket
        .on('error', () => {})
        .once('data', (bytes) => {
          socket.destroy()
          resolve(bytes)
        })
    )
  })
  const client = connect({ host: '127.0.0.1', port, servername: 'localhost' }).on('error', () => {})
  const bytes = await said
  client.destroy()
  server.close()
  return bytes
}

const plain = [
  'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'hello\n',
  '\x80\x2e\x01\0\x02\0\x15\0\0\0\x10\x01\0\x80',
  '\0'.repeat(500),
  '\x16\x03\x01\xff\xff'
]

export const row: Row<{ hellos: number }> = {
  id: 'B7',
  title: 'plain text, HTTP, a hello of SSLv2, and mutated TLS hellos at the port of TLS',
  gate: 'each is refused or cut, and counted; nothing escapes; honest clients are served',
  shows: ['connections', 'neither refused nor closed', 'refused handshake_failed'],
  quick: { hellos: 1000 },
  full: { hellos: 10_000 },
  async run(attack, { hellos }) {
    const { cert, key } = certify()
    const tls = { cert, key, handshakeMs: 2000 }
    const victim = await attack.victim('echo', { listen: 'tls://127.0.0.1:0', tls }, { ca: cert })
    const first = await hello()
    const mutator = new Mutator(attack.seed)
    const texts = [...plain, ...Array.from({ length: 1000 }, () => mutator.mutated(first, [first]).toString('latin1'))]
    for (let done = 0; done < hellos; done += texts.length) {
      const variants = texts.map((text): Step[] => [{ do: 'send', text }, { do: 'fin' }, { do: 'read', bytes: 'end' }])
      const count = Math.min(texts.length, hellos - done)
      await attack.crowd({ to: victim.endpoint, count, variants, atATime: 50 }).fates()
    }
    const { open, refused, refusals, accepted } = await victim.until(({ open }) => open <= 2, 'all are through')
    attack.figure('connections', hellos)
    attack.figure('refused handshake_failed', refusals.handshake_failed)
    attack.figure('refused handshake_cut', refusals.handshake_cut)
    // The bystander's are accepted; nobody else can be.
    const { bystander } = await victim.inspect()
    attack.exactly('neither refused nor closed', Math.max(0, hellos - refused), 0)
    attack.atMost(
      'handlers entered by others',
      accepted - attack.before(victim).stats.accepted - bystander.connections,
      0
    )
    attack.atMost('open, the bystander’s', open, 2)
  }
}
