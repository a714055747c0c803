/**
 * Where a service listens: several endpoints of any kind, with their real ports; and when one of them cannot be had, none.
 */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import {
  askDatagram,
  CallerError,
  collect,
  connect,
  formatEndpoint,
  InvalidOptionError,
  memoryPair,
  pipe,
  type Server,
  serve
} from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { time } from '../../servers/time.ts'
import { zen } from '../../servers/zen.ts'
import { ask, dial, directory, listening, pattern } from '../support/raw.ts'
import { batches, start } from '../support/service.ts'

const path = directory()

test('one service listens at several endpoints, of several kinds', async (t) => {
  const listen = ['tcp://127.0.0.1:0', `unix:${path}/several`, 'tcp://127.0.0.1:0', 'udp://127.0.0.1:0']
  const { service, books } = await start(t, echo, { listen })
  const [first, unix, second, udp] = service.endpoints as [string, string, string, string]
  for (const endpoint of [first, second]) assert.match(endpoint, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/)
  assert.notEqual(first, second)
  assert.equal(unix, `unix:${path}/several`)
  assert.match(udp, /^udp:\/\/127\.0\.0\.1:[1-9]\d*$/)
  assert.deepEqual(
    books.all('listening').map(({ endpoint }) => endpoint),
    service.endpoints
  )
  for (const endpoint of [first, unix, second]) {
    assert.deepEqual(String((await ask(endpoint, endpoint)).bytes), endpoint)
  }
  assert.equal(String(await askDatagram(udp, Buffer.from('four'))), 'four')
  assert.equal(service.stats.accepted, 3)
  assert.deepEqual(
    books.all('accept').map(({ remote }) => remote.path),
    [undefined, `${path}/several`, undefined]
  )
  await service.stop()
  assert.equal(existsSync(`${path}/several`), false)
})

test('IPv6 endpoints are written with brackets, and take IPv4 peers unless told not to', async (t) => {
  const both = await serve(echo, { listen: 'tcp://[::]:0' }).catch(() => undefined)
  if (both === undefined) return t.skip('this machine has no IPv6')
  t.after(() => both.stop())
  const port = new URL(both.endpoints[0] as string).port
  assert.equal(both.endpoints[0], `tcp://[::]:${port}`)
  for (const host of ['127.0.0.1', '[::1]']) {
    assert.equal(String((await ask(`tcp://${host}:${port}`, 'six')).bytes), 'six')
  }
  const { endpoint, books } = await start(t, echo, { listen: 'tcp://[::1]:0', ipv6Only: true })
  await ask(endpoint, 'x')
  assert.equal((await books.next('accept')).remote.host, '::1')
})

test('an IPv4 peer of an endpoint for both is shown as IPv4', async (t) => {
  const { endpoint, books } = await start(t, echo, { listen: 'tcp://[::]:0' })
  await ask(`tcp://127.0.0.1:${new URL(endpoint).port}`, 'x')
  assert.equal((await books.next('accept')).remote.host, '127.0.0.1')
})

test('without endpoints it listens nowhere and serves what it is handed', async (t) => {
  const { service, books } = await start(t, zen, { listen: [] })
  assert.deepEqual(service.endpoints, [])
  const [client, server] = memoryPair()
  service.accept(server)
  const answer = await pipe(batches([Buffer.from('Beautiful is better than?Why?')]), client, collect())
  assert.equal(String(Buffer.concat(answer)), 'Ugly.Error: unknown aphorism.')
  await client.close()
  assert.equal((await books.next('close')).reason, 'finished')
})

test('a connection of another listener can be handed over too', async (t) => {
  const { service, books } = await start(t, echo, { listen: [] })
  const naive = createServer((socket) => socket.on('error', () => {}))
  const endpoint = `tcp://127.0.0.1:${await listening(naive)}`
  const ours = await connect(endpoint)
  naive.close()
  service.accept(ours)
  const { remote, id } = await books.next('accept')
  assert.deepEqual([formatEndpoint('tcp', remote), id], [endpoint, 1])
  await service.stop({ graceMs: 10 })
})

interface Failure {
  readonly server: Pick<Server, 'name'>
  /** The endpoint that cannot be had. */
  readonly bad: () => Promise<string> | string
  readonly name: 'ListenError' | 'InvalidOptionError'
}

/** Each comes behind endpoints that are free, and must be free again. */
const failures: Record<string, Failure> = {
  'a port in use': { server: echo, bad: taken, name: 'ListenError' },
  'a Unix path in use': { server: echo, bad: takenPath, name: 'ListenError' },
  // A label of 64 letters is no name at all, so that nobody else is asked.
  'a host that does not resolve': { server: echo, bad: () => `tcp://${'x'.repeat(64)}:0`, name: 'ListenError' },
  'an address that is not ours': { server: echo, bad: () => 'tcp://192.0.2.1:0', name: 'ListenError' },
  'no endpoint at all': { server: echo, bad: () => 'http://127.0.0.1', name: 'InvalidOptionError' },
  'datagrams for a server without': { server: zen, bad: () => 'udp://127.0.0.1:0', name: 'InvalidOptionError' }
}

async function taken(): Promise<string> {
  return `tcp://127.0.0.1:${await listening(keep(createServer()))}`
}

function takenPath(): string {
  writeFileSync(`${path}/taken`, 'not a socket')
  return `unix:${path}/taken`
}

const kept: ReturnType<typeof createServer>[] = []
function keep(server: ReturnType<typeof createServer>): ReturnType<typeof createServer> {
  kept.push(server)
  return server
}

for (const [what, { server, bad, name }] of Object.entries(failures)) {
  test(`${what}: a clear error, and nothing is left half started`, async (t) => {
    t.after(() => {
      for (const other of kept.splice(0)) other.close()
    })
    const probe = await serve(echo, { listen: 'tcp://127.0.0.1:0' })
    const [free] = probe.endpoints as [string]
    await probe.stop()
    const unix = `unix:${path}/half-started`
    const events: string[] = []
    const starting = serve(server as Server, {
      listen: [free, unix, await bad()],
      onEvent: ({ type }) => events.push(type)
    })
    await assert.rejects(starting, (error: unknown) => {
      assert.ok(error instanceof CallerError)
      assert.equal(error.name, name)
      assert.match(error.message, /^[^\n]{10,300}$/)
      return true
    })
    assert.deepEqual(events, [])
    await assert.rejects(dial(free), { code: 'ECONNREFUSED' })
    assert.equal(existsSync(`${path}/half-started`), false)
    await using again = await serve(echo, { listen: [free, unix] })
    assert.deepEqual(again.endpoints, [free, unix])
  })
}

test('a server for datagrams alone does not listen for connections', async () => {
  await assert.rejects(serve(time, { listen: 'tcp://127.0.0.1:0' }), (error: unknown) => {
    return error instanceof InvalidOptionError && /udp:, for time/.test(error.message)
  })
})

test('bytes that were sent before the server read them are there when it does', async (t) => {
  const { endpoint } = await start(t, echo, {
    gates: [
      async (peer) => {
        await new Promise((resolve) => setImmediate(resolve))
        return peer
      }
    ]
  })
  const sent = pattern(100_000)
  assert.ok((await ask(endpoint, sent)).bytes.equals(sent))
})
