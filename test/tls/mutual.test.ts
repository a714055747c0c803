/**
 * Who is let in (B2): the handler sees a peer with a good certificate and nobody else, no byte of ours reaches the others,
 * and our own client never takes a refusal for a connection (T16).
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { createServer } from 'node:tls'
import { ConnectError, collect, connect, pipe, type TlsConnectOptions } from '../../lib/index.ts'
import { type Certified, certify, noOpenssl, revocations, type Wanted } from '../support/certificates.ts'
import { naive } from '../support/naive.ts'
import { batches, handling, start } from '../support/service.ts'
import { dialTls, secured } from '../support/tls-peers.ts'
import { turn, within } from '../support/wait.ts'

const skip = noOpenssl
const none: Certified = { cert: '', key: '', certFile: '', keyFile: '' }
const make = (wanted: Wanted): Certified => (skip === false ? certify(wanted) : none)
const ca = make({ name: 'authority', authority: true })
const foreign = make({ name: 'foreign', authority: true })
const middle = make({ name: 'middle', authority: true, by: ca })
const own = make({})
const client = (wanted: Wanted = {}): Certified =>
  make({ name: 'robot', names: 'DNS:robot.example', usage: 'clientAuth', by: ca, ...wanted })

const viaMiddle = client({ by: middle })
const peers: Record<string, { with?: Certified; good: boolean }> = {
  none: { good: false },
  'self-signed': { with: make({ name: 'robot' }), good: false },
  'foreign authority': { with: client({ by: foreign }), good: false },
  expired: { with: client({ from: '20200101000000Z', to: '20210101000000Z' }), good: false },
  'not valid yet': { with: client({ from: '20480101000000Z' }), good: false },
  'made for servers': { with: client({ usage: 'serverAuth' }), good: false },
  'no intermediate': { with: viaMiddle, good: false },
  'name not allowed': { with: client({ name: 'thief', names: 'DNS:thief.example' }), good: false },
  valid: { with: client(), good: true },
  'valid via an intermediate': { with: { ...viaMiddle, cert: viaMiddle.cert + middle.cert }, good: true }
}

let entered: string[] = []
const greets = handling(async (peer) => {
  entered.push(String(peer.tls?.certificate?.subject))
  await peer.sink(batches([Buffer.from('welcome')]))
})
const served = {
  listen: 'tls://127.0.0.1:0',
  tls: {
    ...own,
    clientCa: ca.cert,
    acceptClient: ({ names }: { names: readonly string[] }) => names.includes('DNS:robot.example')
  }
}

for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
  for (const [what, { with: shown, good }] of Object.entries(peers)) {
    test(`${maxVersion}, ${what}: ${good ? 'let in' : 'kept out'}`, { skip }, async (t) => {
      entered = []
      const { service, books, endpoint } = await start(t, greets, served)
      const socket = dialTls(endpoint, {
        maxVersion,
        ...(shown === undefined ? {} : { cert: shown.cert, key: shown.key })
      })
      const got: Buffer[] = []
      let tickets = 0
      socket.on('data', (bytes: Buffer) => got.push(bytes)).on('session', () => tickets++)
      socket.on('end', () => socket.end())
      await within(
        once(socket, 'close').catch(() => {}),
        'the end of the client'
      )
      if (!good) {
        assert.equal((await books.next('refuse')).reason, 'certificate_refused')
        if (maxVersion === 'TLSv1.3') assert.equal(tickets, 0, 'a session ticket for one who was not let in')
      }
      assert.equal(Buffer.concat(got).toString(), good ? 'welcome' : '')
      assert.deepEqual(entered, good ? ['CN=robot'] : [])
      assert.equal(service.stats.accepted, good ? 1 : 0)
    })
  }
}

test('revoked: kept out, and all of an authority whose list is missing', { skip }, async (t) => {
  const revoked = client()
  const lists = [revocations(ca, [revoked]), revocations(middle, [])]
  const ways: [list: string, peer: Certified, good: boolean][] = [
    [lists.join(''), revoked, false],
    [lists.join(''), client(), true],
    [lists.join(''), { ...viaMiddle, cert: viaMiddle.cert + middle.cert }, true],
    [lists[0] as string, { ...viaMiddle, cert: viaMiddle.cert + middle.cert }, false]
  ]
  for (const [clientCrl, { cert, key }, good] of ways) {
    entered = []
    const { books, endpoint } = await start(t, greets, { ...served, tls: { ...served.tls, clientCrl } })
    const connecting = connect(endpoint, { tls: { ca: own.cert, cert, key } })
    if (good) await (await connecting).close()
    else await assert.rejects(connecting, ConnectError)
    await books.next(good ? 'close' : 'refuse')
    assert.equal(entered.length, good ? 1 : 0)
    assert.deepEqual(
      books.all('refuse').map(({ reason }) => reason),
      good ? [] : ['certificate_refused']
    )
  }
  const { clientCa: _, ...alone } = served.tls
  await assert.rejects(
    start(t, greets, { ...served, tls: { ...alone, clientCrl: lists[0] as string } }),
    /tls\.clientCa/
  )
  await assert.rejects(
    start(t, greets, { ...served, tls: { ...served.tls, clientCrl: ca.cert } }),
    /tls\.clientCrl .*none/
  )
})

test('our client: let in, or an error; never a connection that is none', { skip }, async (t) => {
  const { endpoint } = await start(t, greets, served)
  for (const [what, { with: shown, good }] of Object.entries(peers)) {
    const tls: TlsConnectOptions = { ca: own.cert, cert: shown?.cert, key: shown?.key }
    if (good) {
      const connection = await connect(endpoint, { tls })
      assert.equal(connection.tls?.confirmed, true)
      assert.equal(Buffer.concat(await pipe(connection, collect())).toString(), 'welcome')
      await connection.close()
    } else {
      await assert.rejects(connect(endpoint, { tls }), ConnectError, what)
    }
  }
})

test('a resumed session is the same peer, and is let in as it was', { skip }, async (t) => {
  entered = []
  const { endpoint } = await start(t, greets, served)
  const { cert, key } = (peers.valid as { with: Certified }).with
  const first = dialTls(endpoint, { cert, key })
  const [session] = (await within(once(first, 'session'), 'a session')) as [Buffer]
  first.destroy()
  const again = dialTls(endpoint, { session })
  await secured(again)
  assert.equal(again.isSessionReused(), true)
  const [bytes] = (await within(once(again, 'data'), 'the welcome')) as [Buffer]
  again.destroy()
  assert.equal(bytes.toString(), 'welcome')
  assert.deepEqual(entered, ['CN=robot', 'CN=robot'])
})

test('T16: a client of Node is connected before it is turned away', { skip }, async (t) => {
  const { endpoint } = await start(t, greets, served)
  const socket = dialTls(endpoint)
  const connected = await secured(socket).then(
    () => true,
    () => false
  )
  socket.destroy()
  naive(t, connected, 'secureConnect came, and the server had refused')
})

test('a server that has said nothing yet: the connection is there, and says that nothing confirms it', {
  skip
}, async (t) => {
  const silent = createServer({ cert: own.cert, key: own.key })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.after(() => silent.close())
  const { port } = silent.address() as { port: number }
  const connection = await connect(`tls://127.0.0.1:${port}`, { tls: { ca: own.cert, confirmMs: 0 } })
  assert.equal(connection.tls?.confirmed, false)
  connection.abort()
  await turn()
})

const impostors: Record<string, { wanted: Wanted; tls?: TlsConnectOptions }> = {
  'another name': { wanted: { names: 'DNS:other.example' } },
  'a name that we did not ask for': { wanted: {}, tls: { serverName: 'bank.example' } },
  expired: { wanted: { to: '20240201000000Z' } }
}

for (const [what, { wanted, tls = {} }] of Object.entries(impostors)) {
  test(`our client refuses a server with ${what}`, { skip }, async (t) => {
    const pair = certify(wanted)
    const { endpoint } = await start(t, greets, { ...served, tls: pair })
    await assert.rejects(connect(endpoint, { tls: { ca: pair.cert, ...tls } }), /no TLS: /)
    await assert.rejects(connect(endpoint), /no TLS: (self-signed certificate|certificate has expired)/)
  })
}
