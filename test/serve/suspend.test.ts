/** Suspend and resume: nobody new, everybody who is here stays, and it goes on where it was. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { AbortedError, InvalidOptionError, ListenError, memoryPair, serve } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { time } from '../../servers/time.ts'
import { Child } from '../support/child.ts'
import { endpointOf, skipUnless } from '../support/program.ts'
import { ask, dial, directory, hostAndPort } from '../support/raw.ts'
import { start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const path = directory()
const listen = ['tcp://127.0.0.1:0', `unix:${path}/suspend`]

test('nobody new gets in, who is here is served, and it goes on at the same places', async (t) => {
  const { service, books } = await start(t, echo, { listen })
  const [tcp, unix] = service.endpoints as [string, string]
  const here = await Promise.all([dial(tcp), dial(unix)])
  await books.count('accept', 2)
  for (let round = 0; round < 3; round++) {
    await service.suspend()
    assert.equal(service.accepting, false)
    await assert.rejects(dial(tcp), { code: 'ECONNREFUSED' })
    await assert.rejects(dial(unix), { code: 'ENOENT' })
    const [client, server] = memoryPair()
    service.accept(server)
    assert.equal((await books.count('refuse', round + 1))[round]?.reason, 'suspended')
    client.abort()
    for (const socket of here) {
      const answer = once(socket, 'data')
      socket.write('still here')
      assert.equal(String((await within(answer, 'an echo'))[0]), 'still here')
    }
    await service.suspend()
    await service.resume()
    assert.equal(service.accepting, true)
    for (const endpoint of service.endpoints) assert.equal(String((await ask(endpoint, 'new')).bytes), 'new')
    await service.resume()
  }
  for (const socket of here) socket.destroy()
  const told = books.events.map(({ type }) => type).filter((type) => type === 'suspend' || type === 'resume')
  assert.deepEqual(told, ['suspend', 'resume', 'suspend', 'resume', 'suspend', 'resume'])
  assert.deepEqual(service.endpoints, [tcp, unix])
})

test('a place that was taken meanwhile: resume says so, nothing is half open, and it can be tried again', async (t) => {
  const { service } = await start(t, echo, { listen })
  const [tcp, unix] = service.endpoints as [string, string]
  await service.suspend()
  const other = createServer()
  other.listen(hostAndPort(tcp))
  await once(other, 'listening')
  await assert.rejects(service.resume(), ListenError)
  assert.equal(service.accepting, false)
  await assert.rejects(dial(unix), { code: 'ENOENT' })
  other.close()
  await once(other, 'close')
  writeFileSync(unix.slice('unix:'.length), 'somebody’s')
  await assert.rejects(service.resume(), ListenError)
  await assert.rejects(dial(tcp), { code: 'ECONNREFUSED' })
  rmSync(unix.slice('unix:'.length))
  await service.resume()
  for (const endpoint of [tcp, unix]) assert.equal(String((await ask(endpoint, 'again')).bytes), 'again')
})

test('a suspended service stops, and a stopped one does not go on', async (t) => {
  const { service, books } = await start(t, echo, { listen })
  const resumed = service.suspend().then(() => service.resume())
  await Promise.allSettled([service.suspend(), resumed, service.suspend(), service.stop()])
  assert.equal(service.accepting, false)
  await assert.rejects(service.resume(), AbortedError)
  for (const endpoint of service.endpoints) await assert.rejects(dial(endpoint))
  assert.equal(books.all('stop').length, 1)
})

test('K2: suspended and resumed 200 times, and listened 200 times, it leaves no descriptor open', async (t) => {
  const count = (): number => readdirSync('/proc/self/fd').length
  const { service } = await start(t, echo, { listen })
  const before = count()
  for (let round = 0; round < 200; round++) await service.suspend().then(() => service.resume())
  for (let round = 0; round < 200; round++) await (await serve(echo, { listen: 'tcp://127.0.0.1:0' })).stop()
  assert.equal(count(), before)
})

test('a socket of a supervisor stays open: who comes is refused as suspended', {
  skip: skipUnless('systemd-socket-activate')
}, async (t) => {
  const at = `${path}/handed`
  const server = new Child('systemd-socket-activate', [
    '-l',
    at,
    '-E',
    'PATH',
    process.execPath,
    '--import',
    'tsx',
    '--conditions',
    'it-serve-source',
    'test/serve/suspended-server.ts'
  ])
  t.after(() => server.kill())
  await server.line((line) => line.startsWith('Listening on'), 'its socket', 'stderr')
  assert.equal(String((await ask(`unix:${at}`, 'first')).bytes), 'first')
  await endpointOf(server)
  server.write('suspend\n')
  assert.deepEqual(JSON.parse(await server.lineAt(1)), { accepting: false, refusals: 0 })
  assert.equal((await ask(`unix:${at}`, '')).bytes.length, 0)
  server.write('resume\n')
  assert.deepEqual(JSON.parse(await server.lineAt(2)), { accepting: true, refusals: 1 })
  assert.equal(String((await ask(`unix:${at}`, 'again')).bytes), 'again')
  server.endInput()
  assert.equal((await server.ended()).status, 0)
})

test('a server of datagrams takes no connection: the caller is told, and the connection is cut', async (t) => {
  const { service } = await start(t, time, { listen: [] })
  const [client, server] = memoryPair()
  assert.throws(() => service.accept(server), InvalidOptionError)
  assert.ok(server.signal.aborted)
  assert.equal(service.stats.refused, 0)
  client.abort()
})
