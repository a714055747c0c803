/**
 * What a service keeps in memory: bounded for each connection and for all together, and the largest goes first. And what
 * must not be cut is not.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Connection,
  connect,
  decode,
  delimiter,
  dialog,
  drain,
  encode,
  forEach,
  length,
  map,
  memoryPair,
  pipe,
  type ServeLimits,
  type Server
} from '../../lib/index.ts'
import { fakeClock } from '../../lib/laws/fake-clock.ts'
import type { BaseConnection } from '../../lib/transport/base-connection.ts'
import { pattern } from '../support/raw.ts'
import { batches, handling, start } from '../support/service.ts'
import { turn } from '../support/wait.ts'

const KiB = 1024
const holding = handling((peer) => pipe(peer, decode(length({ prefix: 4 })), drain()))

/** The beginning of a frame that is announced as 1 MiB. */
function unfinished(bytes: number): Uint8Array {
  const frame = pattern(bytes)
  frame.writeUInt32BE(1024 * KiB)
  return frame
}

async function turns(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await turn()
}

test('all together: never more than the limit, and the largest go first', async (t) => {
  const limit = 1024 * KiB
  const { service, books } = await start(t, holding, { listen: [], limits: { totalBufferedBytes: limit } })
  const peers: Connection[] = []
  const clients: Connection[] = []
  let most = 0
  for (let index = 1; index <= 40; index++) {
    const [client, peer] = memoryPair()
    peers.push(peer)
    clients.push(client)
    service.accept(peer)
    // Every second one keeps much.
    await dialog(client).write(unfinished(index % 2 === 0 ? 60 * KiB : KiB))
    await turns(3)
    const kept = peers.reduce((sum, one) => sum + (one as BaseConnection<Uint8Array>).buffered, 0)
    most = Math.max(most, kept)
  }
  // And one batch: what arrives is counted behind the step that takes it.
  assert.ok(most <= limit + 64 * KiB, `${most} bytes were kept of ${limit}`)
  await books.count('close', 1)
  assert.ok(books.reasons().every((reason) => reason === 'evicted'))
  assert.ok(service.stats.closed.evicted >= 3 && service.stats.closed.evicted <= 10, `${service.stats.closed.evicted}`)
  for (const { id } of books.all('close')) assert.equal(id % 2, 0, 'a small one was ended')
  for (const client of clients) client.abort()
})

test('one connection: who writes and never waits loses it at the hard limit', async (t) => {
  let most = 0
  const careless = handling(async (peer) => {
    const talk = dialog(peer)
    await talk.read(1)
    for (let index = 0; index < 100; index++) {
      talk.write(pattern(64 * KiB)).catch(() => {})
      most = Math.max(most, (peer as BaseConnection<Uint8Array>).queued)
    }
    await new Promise((_, reject) => peer.signal.addEventListener('abort', () => reject(peer.signal.reason as Error)))
  })
  for (const listen of [[], 'tcp://127.0.0.1:0'] as const) {
    const { service, books, endpoint } = await start(t, careless, { listen })
    const client = await connected(service, endpoint)
    await dialog(client).write(pattern(1))
    assert.equal((await books.next('close')).reason, 'slow_reader')
    assert.ok(most <= 1024 * KiB + 64 * KiB, `${most} bytes waited`)
    client.abort()
  }
})

async function connected(service: { accept(peer: Connection): void }, endpoint: string): Promise<Connection> {
  if (endpoint !== '') return connect(endpoint)
  const [client, peer] = memoryPair()
  service.accept(peer)
  return client
}

/** Not over a limit, though it may look so. Each answers what the client does for two minutes of the clock. */
const innocent: Record<string, { server: Server; limits?: Partial<ServeLimits>; client: Client }> = {
  'a large answer read slowly, but faster than 64 KiB/s': {
    server: handling((peer) => peer.sink(batches([pattern(8 * 1024 * KiB)]))),
    client: async ({ client, second }) => {
      await pipe(
        client,
        forEach(async () => {
          await second()
        })
      )
    }
  },
  'a handler that works for two minutes on one question': {
    server: handling((peer) =>
      pipe(
        peer,
        decode(delimiter('\n')),
        map((asked) => asked),
        async function* (source) {
          for await (const asked of source) {
            await new Promise<void>((resolve) => work.push(resolve))
            yield asked
          }
        },
        encode(delimiter('\n')),
        peer
      )
    ),
    client: async ({ client, second }) => {
      const talk = dialog(client)
      await talk.write(Buffer.from('why\nand how'))
      for (let passed = 0; passed < 120; passed++) await second()
      for (const done of work.splice(0)) done()
      assert.deepEqual(await talk.next(delimiter('\n')), new Uint8Array(Buffer.from('why')))
      client.abort()
    }
  }
}
const work: (() => void)[] = []

type Client = (stage: { client: Connection; second: () => Promise<void> }) => Promise<void>

for (const [what, { server, limits = {}, client: act }] of Object.entries(innocent)) {
  test(`not cut: ${what}`, async (t) => {
    const clock = fakeClock()
    const { service, books } = await start(t, server, { listen: [], limits, clock })
    t.after(() => void clock.advance(60_000))
    const [client, peer] = memoryPair({ clock })
    service.accept(peer)
    await act({ client, second: () => clock.advance(1000) })
    assert.deepEqual(
      books.reasons().filter((reason) => reason !== 'finished' && reason !== 'peer_reset'),
      []
    )
    client.abort()
  })
}
