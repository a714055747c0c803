/**
 * A service behind proxies (A20): whom it believes, for how long it waits, whose limits count; HAProxy itself as the proxy.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import {
  collect,
  connect,
  formatProxyHeader,
  InvalidOptionError,
  listen,
  pipe,
  type RefuseReason,
  type ServeOptions,
  serve
} from '../../lib/index.ts'
import { fakeClock } from '../../lib/laws/fake-clock.ts'
import { TrustedSources } from '../../lib/transport/proxy-protocol/trusted-sources.ts'
import { echo } from '../../servers/echo.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { Child } from '../support/child.ts'
import { endpointOf, itServe, skipUnless } from '../support/program.ts'
import { ask, assertSame, closed, cut, dial, directory, hostAndPort, pattern, received } from '../support/raw.ts'
import { batches, handling, never, start } from '../support/service.ts'
import { turn, within } from '../support/wait.ts'

const trusted = ['127.0.0.1']
const source = { host: '192.0.2.1', port: 56324 }
const destination = { host: '198.51.100.7', port: 443 }
const line = 'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'
const binary = formatProxyHeader({
  source,
  destination,
  checksum: true,
  extensions: [{ type: 2, value: Buffer.from('a.example') }]
})

/** Answers with both addresses and then with what comes. */
const telling = handling(async (peer) => {
  const { remote, local, proxy } = peer
  const told = Buffer.from(
    `${JSON.stringify({ remote, local, version: proxy?.version, command: proxy?.command, via: proxy?.via.host })}\n`
  )
  await peer.sink(
    (async function* () {
      yield [told]
      yield* peer.source
    })()
  )
})

const path = directory()
const ways: Record<string, Pick<ServeOptions<Record<string, never>>, 'listen' | 'readBuffers'>> = {
  tcp: {},
  'tcp, no read buffers': { readBuffers: false },
  unix: { listen: `unix:${path}/proxied` }
}

for (const [way, options] of Object.entries(ways)) {
  test(`${way}: the client of the header is the peer, however the header is cut`, async (t) => {
    const { books, endpoint } = await start(t, telling, {
      ...options,
      proxyProtocol: { trusted: [...trusted, 'unix:'] }
    })
    const body = pattern(200_000)
    for (const [header, version] of [
      [Buffer.from(line), 1],
      [Buffer.from(binary), 2]
    ] as const) {
      for (const bytewise of [false, true]) {
        const socket = await dial(endpoint)
        const answer = received(socket)
        socket.setNoDelay(true)
        if (bytewise) for (const byte of header) await new Promise((sent) => socket.write(Uint8Array.of(byte), sent))
        socket.end(bytewise ? body : Buffer.concat([header, body]))
        const { bytes, how } = await answer
        const end = bytes.indexOf('\n')
        const told = JSON.parse(String(bytes.subarray(0, end)))
        assert.equal(how, 'end')
        assert.deepEqual([told.remote, told.local, told.version, told.command], [source, destination, version, 'proxy'])
        assertSame(bytes.subarray(end + 1), body)
      }
    }
    for (const { remote, via } of await books.count('accept', 4)) {
      assert.deepEqual(remote, source)
      assert.equal(via?.host ?? via?.path, way === 'unix' ? `${path}/proxied` : '127.0.0.1')
    }
    await books.count('close', 4)
    assert.deepEqual(new Set(books.all('close').map(({ remote }) => remote.host)), new Set(['192.0.2.1']))
  })
}

test('UNKNOWN and LOCAL leave the connection its own addresses', async (t) => {
  const { endpoint } = await start(t, telling, { proxyProtocol: { trusted } })
  const { port } = hostAndPort(endpoint)
  for (const header of ['PROXY UNKNOWN\r\n', formatProxyHeader({ command: 'local' })]) {
    const { remote, local, via } = JSON.parse(String((await ask(endpoint, header)).bytes))
    assert.deepEqual([remote.host, local, via], ['127.0.0.1', { host: '127.0.0.1', port }, '127.0.0.1'])
  }
})

test('with TLS the header comes in front of the handshake, also from our own client', {
  skip: noOpenssl
}, async (t) => {
  const pair = certify()
  const tls = { ...pair, handshakes: 1 }
  const { endpoint } = await start(t, telling, { listen: 'tls://127.0.0.1:0', tls, proxyProtocol: { trusted } })
  const body = pattern(100_000)
  const clients = Array.from({ length: 5 }, async (_, index) => {
    const header = { source: { ...source, port: index }, destination }
    await using client = await connect(endpoint, { tls: { ca: pair.cert }, proxyHeader: header })
    const bytes = Buffer.concat(await pipe(batches([body]), client, collect({ maxBytes: 1e6 })))
    const end = bytes.indexOf('\n')
    assert.deepEqual(JSON.parse(String(bytes.subarray(0, end))).remote, header.source)
    assertSame(bytes.subarray(end + 1), body)
  })
  await Promise.all(clients)
  // The header and the first record of TLS in one segment.
  const socket = await dial(endpoint)
  let head: Uint8Array = binary
  const below = new Duplex({
    read() {},
    write(bytes: Uint8Array, _, written) {
      socket.write(Buffer.concat([head, bytes]), written)
      head = new Uint8Array(0)
    }
  })
  socket.on('data', (bytes) => below.push(bytes)).on('close', () => below.push(null))
  const secured = connectTls({ socket: below, ca: pair.cert, servername: 'localhost' })
  const answer = received(secured)
  secured.end('x')
  const [told, rest] = String((await answer).bytes).split('\n')
  assert.deepEqual([JSON.parse(told as string).remote, rest], [source, 'x'])
})

test('a plain TLS client is no proxy', { skip: noOpenssl }, async (t) => {
  const pair = certify()
  const { books, endpoint } = await start(t, telling, {
    listen: 'tls://127.0.0.1:0',
    tls: pair,
    proxyProtocol: { trusted }
  })
  await assert.rejects(connect(endpoint, { tls: { ca: pair.cert } }))
  assert.equal((await books.next('refuse')).reason, 'proxy_malformed')
})

interface Refusal {
  readonly trusted?: string[]
  readonly client: (socket: Awaited<ReturnType<typeof dial>>) => unknown
  readonly stop?: true
}

const refusals: Partial<Record<RefuseReason, Refusal[]>> = {
  proxy_untrusted: [
    { trusted: ['127.0.0.2', '10.0.0.0/8', '::1', 'unix:'], client: (socket) => socket.write(line) },
    { trusted: ['192.0.2.1'], client: (socket) => socket.write(line) }
  ],
  proxy_malformed: [
    { client: (socket) => socket.write('GET / HTTP/1.0\r\n\r\n') },
    { client: (socket) => socket.write('x') },
    { client: (socket) => socket.write(line.replace('\r\n', '\n')) },
    { client: (socket) => socket.write(Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex')) }
  ],
  proxy_cut: [
    { client: (socket) => socket.end(line.slice(0, 20)) },
    { client: (socket) => socket.end() },
    { client: (socket) => cut(socket) }
  ],
  draining: [{ client: (socket) => socket.write(line.slice(0, 20)), stop: true }]
}

for (const [reason, all] of Object.entries(refusals)) {
  test(`refused as ${reason}, before any handler, in no place of its own`, async (t) => {
    for (const { trusted: sources = trusted, client, stop } of all) {
      const { service, books, endpoint } = await start(t, telling, { proxyProtocol: { trusted: sources } })
      // Who is refused at once may hear of it before it knows that it is connected.
      const socket = connectSocket({ ...hostAndPort(endpoint), allowHalfOpen: true }).on('error', () => {})
      const over = closed(socket.resume())
      if (reason !== 'proxy_untrusted') await once(socket, 'connect')
      await client(socket)
      if (stop === true) {
        await turn()
        await service.stop({ graceMs: 100 })
      }
      const refuse = await books.next('refuse')
      assert.deepEqual([refuse.reason, refuse.remote.host], [reason, '127.0.0.1'])
      assert.deepEqual([service.stats.accepted, service.stats.refusals[reason as RefuseReason]], [0, 1])
      socket.destroy()
      await over
    }
  })
}

test('the header has 3 s in all, whatever trickles in', async (t) => {
  const clock = fakeClock()
  const { books, endpoint, service } = await start(t, telling, { clock, proxyProtocol: { trusted } })
  const sockets = [await dial(endpoint), await dial(endpoint)]
  const ends = sockets.map((socket) => closed(socket.resume()))
  const [silent, drip] = sockets as [(typeof sockets)[0], (typeof sockets)[0]]
  for (let index = 0; index < 29; index++) {
    await new Promise((sent) => drip.write(line.slice(index, index + 1), sent))
    await clock.advance(100)
  }
  await clock.advance(95)
  assert.equal(service.stats.refused, 0)
  await clock.advance(5)
  await clock.advance(2_900)
  const reasons = (await books.count('refuse', 2)).map(({ reason }) => reason)
  assert.deepEqual(reasons, ['proxy_timeout', 'proxy_timeout'])
  await Promise.all(ends)
  assert.ok(silent.destroyed)
})

test('the places of a source are those of the client, not of the proxy', async (t) => {
  const { books, endpoint } = await start(
    t,
    handling(() => never),
    { limits: { maxPerSource: 2 }, proxyProtocol: { trusted } }
  )
  for (const host of ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.1']) {
    const socket = await dial(endpoint)
    t.after(() => socket.destroy())
    socket.write(formatProxyHeader({ source: { host, port: 1 }, destination }))
    await books.count('accept', books.all('accept').length)
  }
  const refused = await books.count('refuse', 2)
  assert.deepEqual(
    refused.map(({ reason, remote }) => [reason, remote.host]),
    [
      ['source_limit', '192.0.2.1'],
      ['source_limit', '192.0.2.1']
    ]
  )
  assert.equal((await books.count('accept', 4)).length, 4)
})

test('a listener by hand, and no header where none is spoken', async () => {
  await using listener = await listen('tcp://127.0.0.1:0', { proxyProtocol: { trusted } })
  const socket = await dial(listener.endpoint)
  socket.end(`${line}hello`)
  for await (const connection of listener) {
    assert.deepEqual([connection.remote, connection.local], [source, destination])
    assert.equal(String(Buffer.concat(await pipe(connection.source, collect()))), 'hello')
    connection.abort()
    break
  }
  await using plain = await serve(echo, { listen: 'tcp://127.0.0.1:0' })
  assert.equal(String((await ask(plain.endpoints[0] as string, line)).bytes), line)
})

test('who is trusted: addresses, networks, IPv4 in IPv6 clothes, Unix sockets; what is none is refused by name', async () => {
  const sources = new TrustedSources(['10.0.0.0/8', '192.0.2.7', '::ffff:172.16.0.0/108', '2001:db8::/32', '::1'])
  for (const host of ['10.255.0.1', '192.0.2.7', '172.31.0.1', '2001:db8:1::1', '::1'])
    assert.ok(sources.has({ host }), host)
  for (const host of ['11.0.0.1', '192.0.2.8', '172.32.0.1', '2001:db9::', '::2'])
    assert.ok(!sources.has({ host }), host)
  assert.ok(!sources.has({ path: '/s' }) && !sources.has({}))
  assert.ok(!new TrustedSources(['::/0']).has({ host: '10.0.0.1' }))
  assert.ok(new TrustedSources(['unix:']).has({ path: '/s' }))
  for (const entries of [
    [],
    ['localhost'],
    ['10.0.0.0/33'],
    ['::/129'],
    ['10.0.0.1/'],
    ['10.0.0.1/-1'],
    ['*'],
    [''],
    ['::ffff:10.0.0.0/8'],
    undefined
  ]) {
    const starting = serve(echo, { listen: 'tcp://127.0.0.1:0', proxyProtocol: { trusted: entries as string[] } })
    await assert.rejects(
      starting,
      (error: unknown) => error instanceof InvalidOptionError && error.option === 'proxyProtocol.trusted'
    )
  }
  await assert.rejects(serve(echo, { listen: 'udp://127.0.0.1:0', proxyProtocol: { trusted } }), InvalidOptionError)
})

test('HAProxy as the proxy, version 1 and 2, with its checks', { skip: skipUnless('haproxy') }, async (t) => {
  const server = itServe('serve', 'echo', '--port', '0', '--proxy-protocol', '--proxy-trusted', '127.0.0.0/8')
  t.after(() => server.kill())
  const { port } = hostAndPort(await endpointOf(server))
  const sends = ['send-proxy', 'send-proxy-v2', 'send-proxy-v2 proxy-v2-options crc32c,unique-id']
  const parts = sends.map(
    (send, index) => `listen l${index}
  bind unix@${path}/h${index}.sock
  unique-id-format %pid
  server s 127.0.0.1:${port} ${send} check inter 200ms`
  )
  writeFileSync(
    `${path}/haproxy.cfg`,
    `global\n  maxconn 100\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 10s\n  timeout server 10s\n${parts.join('\n')}\n`
  )
  const haproxy = new Child('haproxy', ['-db', '-f', `${path}/haproxy.cfg`])
  t.after(() => haproxy.kill())
  await server.line((entry) => entry.includes('"event":"accept"'), 'a check', 'stderr')
  for (const index of sends.keys()) {
    const { bytes, how } = await ask(`unix:${path}/h${index}.sock`, 'through HAProxy')
    assert.deepEqual([String(bytes), how], ['through HAProxy', 'end'])
  }
  haproxy.signal('SIGTERM')
  await within(haproxy.ended(), 'the end of HAProxy')
  // A check hangs up at once, sometimes before anybody could ask who it is.
  for (const entry of server.lines('stderr'))
    assert.ok(!/"reason":"(?!proxy_cut|finished|peer_reset)/.test(entry), entry)
  const vias = server.lines('stderr').filter((entry) => entry.includes('"via"'))
  assert.ok(vias.length >= 4)
})
