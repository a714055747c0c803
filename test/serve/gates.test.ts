/**
 * Gates run in front of the handler, in their order; one that rejects closes the connection, and the handler never runs.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Connection,
  collect,
  type Gate,
  MalformedFrameError,
  memoryPair,
  ProtocolError,
  pipe
} from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { ask, dial, received } from '../support/raw.ts'
import { batches, handling, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

/** A connection whose input begins with a greeting of our own. */
function greeted(peer: Connection, greeting: string): Connection {
  async function* source(): AsyncGenerator<Uint8Array[]> {
    yield [Buffer.from(greeting)]
    yield* peer.source
  }
  return Object.create(peer, { source: { value: source() }, sink: { value: peer.sink } }) as Connection
}

test('gates run in their order, and the handler gets what the last one answers', async (t) => {
  const seen: string[] = []
  const gate =
    (name: string): Gate =>
    async (peer) => {
      seen.push(name)
      return greeted(peer, name)
    }
  const { books, endpoint } = await start(t, echo, { gates: [gate('one '), gate('two ')] })
  assert.equal(String((await ask(endpoint, 'three')).bytes), 'two one three')
  assert.deepEqual(seen, ['one ', 'two '])
  assert.equal((await books.next('close')).reason, 'finished')
})

for (const [reason, error] of [
  ['handler_error', new Error('no entry')],
  ['malformed', new ProtocolError('wrong password')],
  ['malformed', new MalformedFrameError('login', 'no name')]
] as const) {
  test(`a gate that rejects with ${error.name} closes the connection: ${reason}`, async (t) => {
    let handled = 0
    const server = handling(async () => {
      handled++
    })
    const { books, endpoint } = await start(t, server, { gates: [() => Promise.reject(error)] })
    const socket = await dial(endpoint)
    const { bytes, how } = await received(socket.on('end', () => socket.end()))
    assert.deepEqual([bytes.length, how], [0, 'end'])
    const close = await books.next('close')
    assert.deepEqual([close.reason, close.error], [reason, error])
    assert.equal(handled, 0)
  })
}

test('a gate that throws at once does the same', async (t) => {
  const { books, endpoint } = await start(t, echo, {
    gates: [
      () => {
        throw new Error('no entry')
      }
    ]
  })
  await ask(endpoint, '')
  assert.equal((await books.next('close')).reason, 'handler_error')
})

test('a gate is told when the service stops, and can let go', async (t) => {
  const waiting: Gate = (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopping'))))
  const { service, books } = await start(t, echo, { listen: [], gates: [waiting] })
  const [client, server] = memoryPair()
  service.accept(server)
  const answer = pipe(batches([Buffer.from('x')]), client, collect())
  await within(service.stop({ graceMs: 10_000 }), 'the stop', 5_000)
  assert.deepEqual(await answer, [])
  assert.deepEqual(books.reasons(), ['handler_error'])
})

test('what a gate read is not read again: the handler goes on behind it', async (t) => {
  const login: Gate = async (peer) => {
    const iterator = peer.source[Symbol.asyncIterator]()
    const { value } = (await iterator.next()) as { value: Uint8Array[] }
    async function* rest(): AsyncGenerator<Uint8Array[]> {
      yield [Buffer.concat(value).subarray(6)]
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    }
    return Object.create(peer, { source: { value: rest() }, sink: { value: peer.sink } }) as Connection
  }
  const { endpoint } = await start(t, echo, { gates: [login] })
  assert.equal(String((await ask(endpoint, 'sesamethe rest')).bytes), 'the rest')
})
