/**
 * Who gets in: each refusal has its reason, its event and its counter, and those who are not over a limit never pay for it.
 */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { Admission, type AdmissionRules } from '../../lib/admission/admission.ts'
import { EarlyRefusal } from '../../lib/admission/early-refusal.ts'
import { maxOpenFiles } from '../../lib/admission/open-files.ts'
import { isLoopback, sourceOf } from '../../lib/admission/source.ts'
import { TokenBucket } from '../../lib/admission/token-bucket.ts'
import { type Connection, connect as connectTo, memoryPair, type ServeLimits, serviceLimits } from '../../lib/index.ts'
import { fakeClock } from '../../lib/laws/fake-clock.ts'
import { runs } from '../laws/settings.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { Child } from '../support/child.ts'
import { endpointOf, skipUnless } from '../support/program.ts'
import { ask, dial, hostAndPort, received } from '../support/raw.ts'
import { handling, never, start } from '../support/service.ts'
import { Bell, within } from '../support/wait.ts'

const byDefault = Object.fromEntries(
  Object.entries(serviceLimits).map(([name, limit]) => [name, limit.default])
) as ServeLimits

function admission(limits: Partial<ServeLimits>, rules: Partial<AdmissionRules> = {}): Admission {
  return new Admission({
    limits: { ...byDefault, ...limits },
    countLoopback: false,
    openFiles: undefined,
    gated: false,
    clock: fakeClock(),
    ...rules
  })
}

/** As far as admission looks at it. */
function from(host: string, descriptor?: number): Connection & { descriptor: number | undefined } {
  return { remote: { host, port: 1 }, descriptor } as unknown as Connection & { descriptor: number | undefined }
}

test('a source is an IPv4 address or an IPv6 /64, and IPv4 in IPv6 clothes is IPv4', () => {
  const same: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64%eth0']
  ]
  for (const [host, source] of same) assert.equal(sourceOf(host), source, host)
  assert.equal(sourceOf(undefined), undefined)
  for (const host of ['127.0.0.1', '127.3.2.1', '::1', '::ffff:127.0.0.1']) assert.ok(isLoopback(host), host)
  for (const host of ['128.0.0.1', '::2', '::ffff:10.0.0.1', '1::1']) assert.ok(!isLoopback(host), host)
})

test('one source has so many places, the others all of theirs, and the table holds only who is here', () => {
  const door = admission({ maxPerSource: 20, acceptsPerSecond: 1_000_000 })
  let refused = 0
  for (let index = 0; index < 500; index++) {
    const connection = from(`2001:db8:0:1::${index.toString(16)}`)
    if (door.refuses(connection, 0) === 'source_limit') refused++
    else door.entered(connection)
  }
  assert.equal(refused, 480)
  for (let index = 0; index < 1000; index++)
    assert.equal(door.refuses(from(`10.0.${index >> 8}.${index & 255}`), 0), undefined)
  for (let index = 0; index < 100_000; index++) {
    const connection = from(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`)
    door.entered(connection)
    door.left(connection)
  }
  assert.equal(door.sources, 1)
})

test('loopback has no limit of its own, unless one is set', () => {
  for (const countLoopback of [false, true]) {
    const door = admission({ maxPerSource: 1 }, { countLoopback })
    door.entered(from('127.0.0.1'))
    assert.equal(door.refuses(from('127.0.0.1'), 1), countLoopback ? 'source_limit' : undefined)
  }
})

test('a trusted proxy that speaks for itself has no limit of its own, unless one is set; its clients have', () => {
  const via = { host: '192.0.2.9', port: 1 }
  const itself = { remote: via, proxy: { via } } as unknown as Connection
  const client = { remote: { host: '192.0.2.1', port: 2 }, proxy: { via, source: { host: '192.0.2.1', port: 2 } } }
  for (const countLoopback of [false, true]) {
    const door = admission({ maxPerSource: 1 }, { countLoopback })
    for (const one of [itself, client as unknown as Connection]) door.entered(one)
    assert.equal(door.refuses(itself, 2), countLoopback ? 'source_limit' : undefined)
    assert.equal(door.refuses(client as unknown as Connection, 2), 'source_limit')
    for (const one of [itself, client as unknown as Connection]) door.left(one)
    assert.equal(door.sources, 0)
  }
})

test('the rate of accepts: so many a second, and no more at once', async () => {
  const clock = fakeClock()
  const bucket = new TokenBucket(100, clock)
  const taken = (): number => {
    let count = 0
    while (bucket.take()) count++
    return count
  }
  assert.equal(taken(), 100)
  await clock.advance(500)
  assert.equal(taken(), 50)
  await clock.advance(60_000)
  assert.equal(taken(), 100)
})

test('logins: none refused below 10, 30 % at 10, all at 100, a straight line between', () => {
  let state = 1
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  const logins = new EarlyRefusal(10, 30, 100, random)
  for (const [waiting, wanted] of [
    [9, 0],
    [10, 0.3],
    [55, 0.65],
    [99, 0.992],
    [100, 1]
  ] as const) {
    let refused = 0
    for (let index = 0; index < 10_000; index++) if (logins.refuses(waiting)) refused++
    assert.ok(Math.abs(refused / 10_000 - wanted) <= 0.02, `${refused} of 10,000 at ${waiting}, not ${wanted}`)
  }
})

test('a high descriptor means that few are left: those are for files', () => {
  const door = admission({}, { openFiles: 256 })
  assert.equal(door.refuses(from('10.0.0.1', 191), 0), undefined)
  assert.equal(door.refuses(from('10.0.0.1', 192), 0), 'fd_limit')
})

test('each refusal of a service is an event and a counter of its own', async (t) => {
  const rules = [
    ['connection_limit', { maxConnections: 1 }],
    ['source_limit', { maxPerSource: 1 }],
    ['accept_rate', { acceptsPerSecond: 1 }],
    ['login_limit', { loginStart: 1, loginFull: 1 }]
  ] as const
  for (const [reason, limits] of rules) {
    const gates = reason === 'login_limit' ? [() => never] : []
    const { service, books } = await start(
      t,
      handling(() => never),
      { listen: [], gates, limits }
    )
    const pairs = [memoryPair(), memoryPair()]
    for (const [, peer] of pairs) {
      Object.defineProperty(peer, 'remote', { value: { host: '10.0.0.1', port: 1 } })
      service.accept(peer)
    }
    assert.deepEqual(
      books.all('refuse').map((event) => event.reason),
      [reason]
    )
    assert.deepEqual([service.stats.refused, service.stats.refusals[reason], service.stats.open], [1, 1, 1])
    for (const [client] of pairs) client.abort()
  }
})

const noLimit = maxOpenFiles() === undefined || process.platform !== 'linux'

interface Told {
  readonly opened: number
  readonly failed: number
  readonly refusals: Record<string, number>
  readonly cpuMs: number
}

/** A server that may have 256 files open. */
function fewFiles(...args: string[]): Child {
  const node = 'exec "$0" --import tsx --conditions it-serve-source test/serve/few-files-server.ts "$@"'
  return new Child('bash', ['-c', `ulimit -n 256 && ${node}`, process.execPath, ...args])
}

test('out of descriptors: with 256 of them and 400 clients a file can always be opened, and each refusal is counted', {
  skip: noLimit
}, async () => {
  const server = fewFiles()
  const endpoint = await endpointOf(server)
  const bell = new Bell()
  const sockets: Socket[] = []
  let served = 0
  let gone = 0
  const knock = (): void => {
    const socket = connect(hostAndPort(endpoint)).on('error', () => {})
    let has = false
    socket.once('data', () => {
      has = true
      served++
      bell.ring()
    })
    socket.on('close', () => {
      if (!has) gone++
      bell.ring()
    })
    socket.write('x')
    sockets.push(socket)
  }
  for (let index = 0; index < 400; index++) knock()
  await bell.until(() => (served + gone === 400 ? true : undefined), 'the outcome of every client')
  server.write('tell\n')
  const told = JSON.parse(await server.lineAt(1)) as Told
  assert.ok(served >= 100, `${served} were served`)
  assert.equal(told.failed, 0)
  assert.ok(told.opened >= 400, `${told.opened} files were opened`)
  assert.equal(told.refusals.fd_limit, gone)
  // While it is full: 200 more knock, who is here is served, and it costs little.
  for (let index = 0; index < 200; index++) knock()
  await bell.until(() => (served + gone === 600 ? true : undefined), 'the outcome of those who came too late')
  const here = sockets.find((socket) => !socket.destroyed) as Socket
  const echoed = new Promise((resolve) => here.once('data', resolve))
  here.write('still here')
  assert.equal(String(await within(echoed, 'an echo on a full server')), 'still here')
  server.write('tell\n')
  const later = JSON.parse(await server.lineAt(2)) as Told
  assert.deepEqual([later.failed, later.refusals.fd_limit], [0, gone])
  assert.ok(later.cpuMs - told.cpuMs < 200 * 2, `${later.cpuMs - told.cpuMs} ms for 200 refusals`)
  for (const socket of sockets) socket.destroy()
  server.write('emptied\n')
  await server.lineAt(3)
  assert.equal(String((await within(ask(endpoint, 'again'), 'an echo', 1_000)).bytes), 'again')
  server.endInput()
  assert.equal((await server.ended()).status, 0)
})

test('out of descriptors by handshakes that wait: they are held to the reserve too', {
  skip: noLimit || noOpenssl
}, async () => {
  const { certFile, keyFile, cert } = certify()
  const server = fewFiles(certFile, keyFile)
  const endpoint = await endpointOf(server)
  const bell = new Bell()
  let gone = 0
  const sockets = Array.from({ length: 400 }, () =>
    connect(hostAndPort(endpoint))
      .on('error', () => {})
      .on('close', () => {
        gone++
        bell.ring()
      })
  )
  await bell.until(() => (gone >= 200 ? true : undefined), 'the refusal of those for whom there is no descriptor')
  server.write('tell\n')
  const told = JSON.parse(await server.lineAt(1)) as Told
  assert.equal(told.failed, 0)
  assert.ok((told.refusals.fd_limit ?? 0) >= 100, `${told.refusals.fd_limit} were refused for want of a descriptor`)
  for (const socket of sockets) socket.destroy()
  const client = await within(connectTo(endpoint, { tls: { ca: cert } }), 'a handshake behind the flood', 5_000)
  await client.close()
  server.endInput()
  assert.equal((await server.ended()).status, 0)
})

/** All of them where tests run longer. */
const errors = ['EMFILE', 'ENOMEM', 'ENFILE', 'ENOBUFS', 'ECONNABORTED', 'EPROTO', 'EPERM', 'ENETDOWN']

for (const error of errors.slice(0, runs(1).numRuns === 1 ? 1 : errors.length)) {
  test(`20 accepts that fail with ${error}: nobody is reset, and nobody else notices`, {
    skip: skipUnless('strace')
  }, async () => {
    const server = new Child('strace', [
      ...['-f', '-o', '/dev/null', '-e', 'trace=accept4', '-e', `inject=accept4:error=${error}:when=2..21`],
      ...[process.execPath, '--import', 'tsx', '--conditions', 'it-serve-source', 'test/serve/few-files-server.ts']
    ])
    const endpoint = await endpointOf(server)
    const here = await dial(endpoint)
    const echo = received(here)
    here.write('be')
    const answers = await within(
      Promise.all(Array.from({ length: 10 }, (_, index) => ask(endpoint, `client ${index}`))),
      'all',
      3_000
    )
    assert.deepEqual(
      answers.map(({ bytes, how }) => [String(bytes), how]),
      Array.from({ length: 10 }, (_, index) => [`client ${index}`, 'end'])
    )
    here.end('fore')
    assert.deepEqual(await echo, { bytes: Buffer.from('before'), how: 'end' })
    server.endInput()
    assert.equal((await server.ended()).status, 0)
  })
}
