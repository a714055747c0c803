/**
 * Events: every one typed, in their order, on `onEvent` and on the diagnostics channel.
 */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { channel } from 'node:diagnostics_channel'
import { test } from 'node:test'
import { drain, memoryPair, pipe, type ServeEvent, type Server, serve } from '../../lib/index.ts'
import { zen } from '../../servers/zen.ts'
import { Books } from '../support/books.ts'
import { ask, hostAndPort } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

/** The fields of each type of event, as the types have them; `error` may be left out. */
const fields: Record<ServeEvent['type'], string[]> = {
  listening: ['endpoint', 'server', 'type'],
  accept: ['id', 'open', 'remote', 'server', 'type'],
  refuse: ['reason', 'remote', 'server', 'type'],
  fault: ['error', 'id', 'remote', 'server', 'type'],
  close: ['id', 'ms', 'reason', 'remote', 'server', 'type'],
  drop: ['datagrams', 'endpoint', 'server', 'type'],
  reload: ['endpoint', 'server', 'type'],
  'listen-error': ['endpoint', 'error', 'server', 'type'],
  'refuse-datagrams': ['datagrams', 'endpoint', 'reason', 'server', 'type'],
  'receive-buffer': ['askedBytes', 'endpoint', 'gotBytes', 'server', 'type'],
  suspend: ['open', 'server', 'type'],
  resume: ['open', 'server', 'type'],
  drain: ['graceMs', 'open', 'server', 'type'],
  stop: ['server', 'type']
}

function checkFields(events: readonly ServeEvent[], server: string): void {
  for (const event of events) {
    const { error, ...others } = event as ServeEvent & { error?: unknown }
    const has = Object.keys(event.type === 'fault' ? { ...others, error } : others).sort()
    assert.deepEqual(has, fields[event.type])
    assert.equal(event.server, server)
  }
}

test('the life of a service in events, in their order', async (t) => {
  const { service, books, endpoint } = await start(t, zen, { listen: ['tcp://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
  await ask(endpoint, 'Simple is better than?')
  await books.count('close', 1)
  await ask(endpoint, 'Simple is better')
  await books.count('close', 2)
  await service.stop()
  assert.deepEqual(
    books.events.map(({ type }) => type),
    ['listening', 'listening', 'accept', 'close', 'accept', 'fault', 'close', 'drain', 'stop']
  )
  checkFields(books.events, 'zen')
  const [accept] = books.all('accept')
  const [good, cut] = books.all('close')
  assert.deepEqual([accept?.id, good?.id, cut?.id], [1, 1, 2])
  assert.deepEqual([good?.reason, cut?.reason], ['finished', 'truncated'])
  assert.equal(accept?.remote.host, '127.0.0.1')
  assert.deepEqual(good?.remote, accept?.remote)
  assert.ok((good?.ms ?? -1) >= 0)
  assert.equal('error' in (good ?? {}), false)
  assert.equal(books.all('fault')[0]?.error, cut?.error)
  assert.deepEqual([books.all('drain')[0]?.open, books.all('drain')[0]?.graceMs], [0, 15_000])
})

test('a refusal is an event', async (t) => {
  const reading = handling((peer) => pipe(peer, drain()))
  const { service, books } = await start(t, reading, { listen: [], limits: { maxConnections: 1 } })
  const pairs = [memoryPair(), memoryPair()]
  for (const [, server] of pairs) service.accept(server)
  assert.deepEqual(books.all('refuse'), [
    { type: 'refuse', server: 'test', remote: { path: 'memory:client' }, reason: 'connection_limit' }
  ])
  checkFields(books.events, 'test')
})

test('datagrams that were dropped are counted in an event', async (t) => {
  const deaf: Server = {
    name: 'deaf',
    summary: '',
    endpoints: [],
    options: {},
    openDatagrams: () => (socket) => new Promise((resolve) => socket.signal.addEventListener('abort', resolve))
  }
  const { books, endpoint } = await start(t, deaf, { listen: 'udp://127.0.0.1:0' })
  const { host, port } = hostAndPort(endpoint)
  const mouth = createSocket('udp4')
  t.after(() => mouth.close())
  // 1,024 wait for the reader, who never comes.
  for (let index = 0; index < 1_500; index++) {
    await new Promise<void>((resolve) => mouth.send('x', port, host, () => resolve()))
  }
  await books.next('drop')
  checkFields(books.events, 'deaf')
})

test('every event is on the diagnostics channel too, also where nobody asked for `onEvent`', async (t) => {
  const heard = new Books()
  const told = (event: unknown): void => heard.onEvent(event as ServeEvent)
  channel('it-serve:event').subscribe(told)
  t.after(() => channel('it-serve:event').unsubscribe(told))
  const service = await serve(zen, { listen: 'tcp://127.0.0.1:0' })
  await ask(service.endpoints[0] as string, 'Simple is better than?')
  await heard.next('close')
  await service.stop()
  assert.deepEqual(
    heard.events.map(({ type }) => type),
    ['listening', 'accept', 'close', 'drain', 'stop']
  )
  heard.balance()
  const { books, endpoint } = await start(t, zen)
  const before = heard.events.length
  await ask(endpoint, 'Why?')
  await books.next('close')
  assert.deepEqual(heard.events.slice(before - 1), books.events)
})

for (const when of ['accept', 'fault', 'close'] as const) {
  test(`a listener that throws at ${when} harms neither the service nor the books`, async (t) => {
    const crashes: unknown[] = []
    const crashed = (error: unknown): void => void crashes.push(error)
    process.prependListener('uncaughtException', crashed)
    t.after(() => process.off('uncaughtException', crashed))
    const { service, endpoint } = await start(t, zen, {
      onEvent({ type }) {
        if (type === when) throw new Error(`no ${type}, please`)
      }
    })
    for (let round = 0; round < 3; round++) await ask(endpoint, 'Simple is better than?Bea')
    await within(service.stop({ graceMs: 50 }), 'the stop', 2_000)
    const { open, accepted, closed } = service.stats
    assert.deepEqual([open, accepted, closed.truncated], [0, 3, 3])
    assert.deepEqual(crashes, [])
  })
}
