/**
 * Listening. T9: closing waits for nobody. T11: the backlog holds a burst. T15: a Unix path is bound whole or not at all.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Connection, connect, InvalidOptionError, ListenError, listen, serve } from '../../lib/index.ts'
import { naive } from '../support/naive.ts'
import { endpointOf, nodeFile } from '../support/program.ts'
import { closed, dial, directory, listening } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { Bell, turn, within } from '../support/wait.ts'

const echo = handling((peer) => peer.sink(peer.source))

test('T9: closing waits for no idle connection', async (t) => {
  const careless = createServer((socket) => socket.on('data', (bytes) => socket.write(bytes)))
  const idle = await dial(`tcp://127.0.0.1:${await listening(careless)}`)
  let isClosed = false
  const closing = new Promise<void>((resolve) => {
    careless.close(() => {
      isClosed = true
      resolve()
    })
  })
  for (let turns = 0; turns < 20; turns++) await turn()
  const echoed = once(idle, 'data')
  idle.write('still here')
  await within(echoed, 'an echo behind close()')
  naive(t, !isClosed, 'T9: close() waits for an idle connection until that ends', 'every')
  idle.destroy()
  await within(closing, 'the close behind the end of the connection')

  const listener = await listen('tcp://127.0.0.1:0')
  const peer = await dial(listener.endpoint)
  const taken: Connection[] = []
  for await (const connection of listener) {
    taken.push(connection)
    await within(listener.close(), 'the close of a listener with an open connection', 1_000)
  }
  await assert.rejects(dial(listener.endpoint), { code: 'ECONNREFUSED' })
  const answer = once(peer, 'data')
  const echoing = taken[0]?.sink(taken[0].source)
  peer.end('goes on')
  assert.equal(String((await within(answer, 'an echo behind the close'))[0]), 'goes on')
  await echoing
  await taken[0]?.close()
})

test('T9: a service stops though clients stay connected and silent', async (t) => {
  const { service, endpoint, books } = await start(t, echo)
  const idle = await Promise.all([dial(endpoint), dial(endpoint), dial(endpoint)])
  await books.count('accept', 3)
  const ends = idle.map((socket) => closed(socket.on('end', () => socket.end()).resume()))
  await within(service.stop(), 'the stop', 5_000)
  await Promise.all(ends)
  assert.deepEqual(books.reasons(), ['drained', 'drained', 'drained'])
})

/** How many of `wanted` connects get through while the server's loop is blocked. */
async function through(t: TestContext, file: string, wanted: number, enough: number): Promise<number> {
  const server = nodeFile(new URL(file, import.meta.url))
  const port = Number(new URL(await endpointOf(server)).port)
  const bell = new Bell()
  let connected = 0
  const sockets = Array.from({ length: wanted }, () => {
    const socket: Socket = connectSocket({ port, host: '127.0.0.1' })
    return socket
      .on('error', () => {})
      .on('connect', () => {
        connected++
        bell.ring()
      })
  })
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  await bell.until(() => (connected >= enough ? true : undefined), `${enough} connections to a blocked server`)
  for (let turns = 0; turns < 100; turns++) await turn()
  for (const socket of sockets) socket.destroy()
  await server.kill()
  return connected
}

test('T11: a burst of connections over the default backlog finds room while the loop is blocked', async (t) => {
  const somaxconn = maxBacklog()
  if (somaxconn < 1024) {
    t.skip(`this kernel cuts every backlog to ${somaxconn}`)
    return
  }
  const got = await through(t, 'naive-backlog.mjs', 800, 512)
  naive(t, got < 800, `T11: ${got} of 800 connects got through, the others try again a second later`, 'every')
  assert.equal(await through(t, 'our-backlog.ts', 800, 800), 800)
})

function maxBacklog(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))
  } catch {
    return 0
  }
}

test('T15: a Unix path over 107 bytes is refused, not cut', async (t) => {
  const path = directory()
  const named = (bytes: number): string => join(path, 'p'.repeat(bytes - path.length - 1))
  const careless = createServer()
  const cut = await new Promise<boolean>((resolve) => {
    careless.once('error', () => resolve(false)).listen(named(131), () => resolve(!existsSync(named(131))))
  })
  const bound = readdirSync(path).map((name) => join(path, name).length)
  naive(t, cut, `T15: a path of 131 bytes was bound as another one, of ${bound}`)
  careless.close()

  const before = readdirSync(path)
  const tooLong = { name: 'InvalidOptionError', message: /at most 107 bytes, not 108/ }
  await assert.rejects(serve(echo, { listen: `unix:${named(108)}` }), tooLong)
  await assert.rejects(listen(`unix:${named(108)}`), tooLong)
  await assert.rejects(connect(`unix:${named(108)}`), tooLong)
  // Bytes count, not signs: 100 and some of two bytes each are over.
  await assert.rejects(listen(`unix:${join(path, 'é'.repeat(60))}`), InvalidOptionError)
  assert.deepEqual(readdirSync(path), before)

  const { endpoint } = await start(t, echo, { listen: `unix:${named(107)}` })
  assert.ok(existsSync(named(107)))
  const peer = await dial(endpoint)
  const answer = once(peer, 'data')
  peer.end('whole')
  assert.equal(String((await within(answer, 'an echo'))[0]), 'whole')
  await closed(peer.resume())
})

test('a listener that cannot listen says why, in words', async (t) => {
  const { endpoint } = await start(t, echo)
  const path = directory()
  const refusals: [endpoint: string, why: RegExp][] = [
    [endpoint, /it is in use/],
    ['tcp://192.0.2.1:0', /no such address/],
    // A label of 64 letters is no name at all, so that nobody else is asked.
    [`tcp://${'x'.repeat(64)}:0`, /does not resolve/],
    [`unix:${path}/no/such/directory/s`, /no such path|permission denied/]
  ]
  for (const [where, why] of refusals) {
    const failure = listen(where)
    await assert.rejects(failure, (error: unknown) => {
      assert.ok(error instanceof ListenError)
      assert.equal(error.endpoint, where)
      assert.match(error.message, why)
      return true
    })
  }
})
