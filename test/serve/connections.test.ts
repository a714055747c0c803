/**
 * What a service tells of its open connections, and limits that several services keep together.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  askDatagram,
  closeReasons,
  decode,
  drain,
  memoryPair,
  pipe,
  type RefuseReason,
  refuseReasons,
  SharedAdmission
} from '../../lib/index.ts'
import { fakeClock } from '../../lib/laws/index.ts'
import { echo } from '../../servers/echo.ts'
import { question } from '../../servers/zen.ts'
import { closed, dial, hostAndPort, pattern, received } from '../support/raw.ts'
import { handling, never, start } from '../support/service.ts'
import { signpost, turn, within } from '../support/wait.ts'

test('each open connection is told with its ends, its age, its silence and its bytes', async (t) => {
  const clock = fakeClock()
  const { service, books, endpoint } = await start(t, echo, { clock })
  assert.deepEqual([...service.connections()], [])
  const socket = await dial(endpoint)
  const [first] = await books.count('accept', 1)
  const echoed = received(socket)
  await clock.advance(3_000)
  const [quiet] = [...service.connections()]
  assert.deepEqual(quiet, {
    id: first?.id,
    remote: first?.remote,
    local: { host: '127.0.0.1', port: socket.remotePort },
    endpoint,
    state: 'open',
    ageMs: 3_000,
    idleMs: quiet?.idleMs,
    receivedBytes: 0,
    sentBytes: 0,
    bufferedBytes: 0
  })
  assert.ok((quiet?.idleMs ?? 0) >= 2_000 && (quiet?.idleMs ?? 0) <= 3_000, `idle for ${quiet?.idleMs}`)
  socket.end(pattern(1_000))
  assert.equal((await echoed).bytes.length, 1_000)
  await books.count('close', 1)
  assert.deepEqual([...service.connections()], [])
  const { receivedBytes, sentBytes, bufferedBytes } = service.traffic()
  assert.deepEqual([receivedBytes, sentBytes, bufferedBytes], [1_000, 1_000, 0])
})

test('it is told whether a connection logs in, is at work, or is closing', async (t) => {
  const gate = signpost()
  const { service, books } = await start(
    t,
    handling(async () => {}),
    {
      listen: [],
      gates: [(peer) => gate.passed.then(() => peer)]
    }
  )
  const [ours, theirs] = memoryPair()
  service.accept(ours)
  const states = (): string[] => [...service.connections()].map(({ state }) => state)
  assert.deepEqual(states(), ['login'])
  gate.pass()
  await theirs.source[Symbol.asyncIterator]().next()
  assert.deepEqual(states(), ['closing'])
  await theirs.close()
  await books.count('close', 1)
})

test('bytes that wait are told for the connection for which they wait, and for all together', async (t) => {
  const { service, books, endpoint } = await start(
    t,
    handling((peer) => pipe(peer, decode(question), drain()))
  )
  const socket = await dial(endpoint)
  socket.write('x'.repeat(500))
  await books.count('accept', 1)
  while ([...service.connections()][0]?.receivedBytes !== 500) await turn()
  const [info] = [...service.connections()]
  assert.ok((info?.bufferedBytes ?? 0) >= 500)
  assert.equal(service.traffic().bufferedBytes, info?.bufferedBytes)
  socket.destroy()
  await books.count('close', 1)
})

test('datagrams are counted: heard and answered', async (t) => {
  const { service } = await start(t, echo, { listen: ['udp://127.0.0.1:0'] })
  await askDatagram(service.endpoints[0] as string, Buffer.from('one'))
  const { heardDatagrams, answeredDatagrams, droppedDatagrams } = service.traffic()
  assert.deepEqual([heardDatagrams, answeredDatagrams, droppedDatagrams], [1, 1, 0])
})

test('services that share a limit never have more open together, and the last place is given', async (t) => {
  const shared = new SharedAdmission({ maxConnections: 3 })
  const hold = handling(() => never)
  const [one, other] = [
    await start(t, hold, { admission: shared.member() }),
    // A desk may be far away.
    await start(t, hold, { admission: remote(shared) })
  ]
  const all = Array.from({ length: 10 }, (_, n) => knock(n % 2 === 0 ? one.endpoint : other.endpoint))
  const seven = signpost()
  let gone = 0
  for (const socket of all) void closed(socket.resume()).then(() => ++gone === 7 && seven.pass())
  await within(seven.passed, 'the refusal of seven')
  assert.equal(one.service.stats.open + other.service.stats.open, 3)
  assert.equal(shared.open, 3)
  for (const socket of all) socket.destroy()
  await Promise.all([one.service.stop({ graceMs: 0 }), other.service.stop({ graceMs: 0 })])
  assert.equal(shared.open, 0)
})

test('a desk that fails refuses, and takes nothing down', async (t) => {
  const admission = { admit: () => Promise.reject(new Error('gone')), left: () => assert.fail('it had no place') }
  const { service, endpoint } = await start(t, echo, { admission })
  await closed(knock(endpoint).resume())
  assert.equal(service.stats.refusals.draining, 1)
})

test('a place that comes when the service has stopped is given back', async (t) => {
  const place = signpost<RefuseReason | undefined>()
  let left = 0
  const asked = signpost()
  const admission = {
    admit() {
      asked.pass()
      return place.passed
    },
    left: () => left++
  }
  const { service, books, endpoint } = await start(t, echo, { admission })
  const socket = (await dial(endpoint)).resume()
  await asked.passed
  await service.stop()
  place.pass(undefined)
  await closed(socket)
  await books.count('refuse', 1)
  assert.equal(left, 1)
})

test('whatever members do, the shared count is what they have', () => {
  const action = fc.record({
    member: fc.nat(2),
    host: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2'),
    what: fc.constantFrom('admit', 'admit', 'left', 'close')
  })
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const shared = new SharedAdmission({ maxConnections: 5, maxPerSource: 2, acceptsPerSecond: 1_000_000 })
      const members = [0, 1, 2].map(() => ({ member: shared.member(), has: [] as string[] }))
      const network = (host: string): string => (host.startsWith('2001') ? '2001' : host)
      for (const { member: index, host, what } of actions) {
        const one = members[index] as (typeof members)[number]
        const all = members.flatMap(({ has }) => has)
        if (what === 'admit') {
          const ofSource = all.filter((other) => network(other) === network(host)).length
          const wanted = all.length >= 5 ? 'connection_limit' : ofSource >= 2 ? 'source_limit' : undefined
          assert.equal(one.member.admit({ host, port: 1 }), wanted)
          if (wanted === undefined) one.has.push(host)
        } else if (what === 'left') {
          one.member.left({ host, port: 2 })
          if (one.has.includes(host)) one.has.splice(one.has.indexOf(host), 1)
        } else {
          one.member.close()
          one.has = []
        }
        assert.equal(one.member.open, one.has.length)
        assert.equal(shared.open, members.flatMap(({ has }) => has).length)
      }
    }),
    { numRuns: 300 }
  )
})

test('the README lists every reason for which a connection ends or is not taken, in the words of the code', () => {
  const readme = readFileSync('README.md', 'utf8')
  for (const [reason, words] of Object.entries({ ...closeReasons, ...refuseReasons })) {
    assert.ok(readme.includes(`| \`${reason}\` | ${words} |`), `${reason} is in the README: ${words}`)
  }
  for (const vague of ['unknown', 'other', 'error']) assert.ok(!(vague in closeReasons))
})

/** A client that may be refused before it knows that it was connected. */
function knock(endpoint: string): Socket {
  return connect(hostAndPort(endpoint)).on('error', () => {})
}

/** Asks as a worker process would: the answer takes a few turns. */
function remote(shared: SharedAdmission): {
  admit(r: object): Promise<RefuseReason | undefined>
  left(r: object): void
} {
  const member = shared.member()
  return {
    async admit(of) {
      for (let turns = 3; turns > 0; turns--) await turn()
      return member.admit(of)
    },
    left: (of) => member.left(of)
  }
}
