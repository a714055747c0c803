/**
 * Stopping drains: what is in flight completes, who is idle is told, who is stuck is cut at the deadline, nobody new comes.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { decode, drain, memoryPair, pipe, type ServerContext, serve } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { question, zen } from '../../servers/zen.ts'
import { assertSame, dial, directory, pattern, received } from '../support/raw.ts'
import { batches, handling, start } from '../support/service.ts'
import { signpost, within } from '../support/wait.ts'

const listen = ['tcp://127.0.0.1:0', `unix:${directory()}/stop`]

test('a 4 MiB echo in flight completes', async (t) => {
  const { service, books } = await start(t, echo, { listen })
  const sent = pattern(4 * 1024 * 1024)
  const answers = service.endpoints.map(async (endpoint) => {
    const socket = await dial(endpoint)
    socket.write(sent.subarray(0, 100_000))
    await within(once(socket, 'readable'), 'the first bytes back')
    return { socket, answer: received(socket) }
  })
  const clients = await Promise.all(answers)
  const stopped = service.stop()
  for (const { socket } of clients) socket.end(sent.subarray(100_000))
  for (const { answer } of clients) {
    const { bytes, how } = await answer
    assert.equal(how, 'end')
    assertSame(bytes, sent)
  }
  await within(stopped, 'the stop')
  assert.deepEqual(books.reasons(), ['finished', 'finished'])
})

test('a question asked before the stop is answered behind it', async (t) => {
  const { service, books, endpoint } = await start(t, zen)
  const socket = await dial(endpoint)
  await books.next('accept')
  socket.write('Simple is better')
  const stopped = service.stop()
  socket.write(' than?')
  const { bytes, how } = await received(socket.on('end', () => socket.end()))
  assert.deepEqual([String(bytes), how], ['Complex.', 'end'])
  await within(stopped, 'the stop')
  assert.deepEqual(books.reasons(), ['finished'])
})

test('a client that is idle is told by an end, also one in memory', async (t) => {
  const { service, books } = await start(t, zen, { listen })
  const idle = await Promise.all(service.endpoints.map((endpoint) => dial(endpoint)))
  const [client, server] = memoryPair()
  service.accept(server)
  await books.count('accept', 3)
  const stopped = service.stop()
  const ends = idle.map((socket) => received(socket.on('end', () => socket.end())))
  for (const { bytes, how } of await Promise.all(ends)) assert.deepEqual([bytes.length, how], [0, 'end'])
  await pipe(client, drain())
  await client.close()
  await within(stopped, 'the stop', 5_000)
  assert.deepEqual(books.reasons(), ['finished', 'finished', 'finished'])
})

test('an idle client that does not answer the end does not hold up the stop', async (t) => {
  const { service, books } = await start(t, zen, { listen })
  const idle = await Promise.all(service.endpoints.map((endpoint) => dial(endpoint)))
  await books.count('accept', 2)
  await within(service.stop({ graceMs: 60_000 }), 'the stop, long before its deadline', 5_000)
  for (const socket of idle) socket.destroy()
})

test('a handler that goes on and on is cut at the deadline', async (t) => {
  const block = pattern(1_000)
  async function* endless(): AsyncGenerator<Uint8Array[]> {
    for (;;) yield [block]
  }
  const { service, books } = await start(
    t,
    handling((peer) => peer.sink(endless())),
    { listen }
  )
  const clients = await Promise.all(service.endpoints.map((endpoint) => dial(endpoint)))
  for (const socket of clients) socket.resume()
  await books.count('accept', 2)
  const began = performance.now()
  await within(service.stop({ graceMs: 300 }), 'the stop', 5_000)
  const took = performance.now() - began
  assert.ok(took >= 295, `cut after ${took} ms of 300`)
  assert.deepEqual(books.reasons(), ['drain_timeout', 'drain_timeout'])
})

test('who comes behind the stop finds nobody; a connection handed over is refused', async (t) => {
  const { service, books } = await start(t, zen, { listen })
  const [endpoint, unix] = service.endpoints as [string, string]
  const busy = await dial(endpoint)
  await books.next('accept')
  const stopped = service.stop()
  const [client, server] = memoryPair()
  service.accept(server)
  assert.deepEqual(
    books.all('refuse').map(({ reason }) => reason),
    ['draining']
  )
  await assert.rejects(client.sink(batches([pattern(1)])))
  busy.end()
  busy.resume()
  await within(stopped, 'the stop')
  await assert.rejects(dial(endpoint), { code: 'ECONNREFUSED' })
  await assert.rejects(dial(unix), { code: 'ENOENT' })
  await using again = await serve(zen, { listen: endpoint })
  assert.deepEqual(again.endpoints, [endpoint])
})

test('stopping again, and disposing, is the same stop; `finished` resolves with it', async (t) => {
  const { service, books } = await start(t, zen, { listen })
  let finished = false
  const told = service.finished.then(() => {
    finished = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(finished, false)
  const first = service.stop()
  assert.equal(service.stop({ graceMs: 1 }), first)
  await Promise.all([first, service[Symbol.asyncDispose](), told])
  assert.equal(books.all('drain').length, 1)
  assert.equal(books.all('stop').length, 1)
})

test('the signal option stops the service, and handlers are told', async (t) => {
  const controller = new AbortController()
  const opened = signpost<ServerContext>()
  const server = {
    ...handling(() => Promise.resolve()),
    open: (_: unknown, context: ServerContext) => {
      opened.pass(context)
      return (peer: Parameters<ReturnType<NonNullable<typeof zen.open>>>[0]) => pipe(peer, decode(question), drain())
    }
  }
  const { service, books } = await start(t, server, { signal: controller.signal })
  const context = await opened.passed
  assert.equal(context.signal.aborted, false)
  controller.abort()
  assert.equal(context.signal.aborted, true)
  await within(service.finished, 'the end of the service')
  assert.deepEqual(
    books.events.map(({ type }) => type),
    ['listening', 'drain', 'stop']
  )
})

test('a signal that is aborted already starts nothing', async () => {
  const path = `${directory()}/never`
  const why = new Error('changed my mind')
  await assert.rejects(serve(zen, { listen: `unix:${path}`, signal: AbortSignal.abort(why) }), why)
  await assert.rejects(dial(`unix:${path}`), { code: 'ENOENT' })
})

test('a signal that is aborted while it starts leaves nothing open', async () => {
  const probe = await serve(zen, { listen: 'tcp://127.0.0.1:0' })
  const [endpoint] = probe.endpoints as [string]
  await probe.stop()
  const controller = new AbortController()
  const starting = serve(zen, { listen: endpoint, signal: controller.signal })
  controller.abort(new Error('changed my mind'))
  await assert.rejects(starting, /changed my mind/)
  await assert.rejects(dial(endpoint), { code: 'ECONNREFUSED' })
})
