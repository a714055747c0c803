/**
 * Half-close. T1: a reply after the peer's end gets through. T2: a peer that ended and left cannot hold a connection.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import {
  type Connection,
  ConnectionResetError,
  collect,
  connect,
  DeadlineError,
  each,
  type Handler,
  pipe
} from '../../lib/index.ts'
import { naive } from '../support/naive.ts'
import { ask, assertSame, dial, directory, listening, pattern } from '../support/raw.ts'
import { batches, handling, never, start } from '../support/service.ts'
import { turn, within } from '../support/wait.ts'

const listen = ['tcp://127.0.0.1:0', `unix:${directory()}/half-close`]

/** Reads everything with `for await`, and only then answers with all of it. */
const answerBehindTheEnd: Handler = async (peer) => {
  const chunks: Uint8Array[] = []
  for await (const chunk of each(peer.source)) chunks.push(chunk)
  await peer.sink(batches(chunks))
}

test('T1: a reply written behind the peer’s end arrives whole', async (t) => {
  const careless = createServer({ allowHalfOpen: true }, async (socket) => {
    const chunks: Buffer[] = []
    socket.on('error', () => {})
    for await (const chunk of socket) chunks.push(chunk)
    socket.end(Buffer.concat(chunks))
  })
  const { bytes } = await ask(`tcp://127.0.0.1:${await listening(careless)}`, 'hello')
  careless.close()
  naive(t, bytes.length === 0, 'T1: for await, then end(reply): the client got 0 of 5 bytes')

  const { service } = await start(t, handling(answerBehindTheEnd), { listen })
  for (const endpoint of service.endpoints) {
    for (const length of [0, 1, 100, 65_536, 1_000_000]) {
      const sent = pattern(length)
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(endpoint, sent)))
      for (const answer of answers) {
        assert.equal(answer.how, 'end')
        assertSame(answer.bytes, sent, endpoint)
      }
    }
  }
  assert.equal(service.stats.closed.finished, service.stats.accepted)
})

test('T1: our client ends its half and still reads the answer, also with plain data events', async (t) => {
  const { service } = await start(t, handling(answerBehindTheEnd), { listen, readBuffers: false })
  for (const endpoint of service.endpoints) {
    for (const readBuffers of [true, false]) {
      await using connection = await connect(endpoint, { readBuffers })
      const sent = pattern(300_000)
      const answer = await pipe(batches([sent]), connection, collect())
      assertSame(Buffer.concat(answer), sent, endpoint)
    }
  }
})

/** Ends our half and leaves for good. */
async function endAndLeave(socket: Socket): Promise<void> {
  await within(new Promise<void>((resolve) => socket.end(resolve)), 'our end')
  socket.destroy()
}

/** Handlers that never end, each telling when it got stuck. */
const stuck: Record<string, (peer: Connection, isStuck: () => void) => Promise<void>> = {
  'behind the end': async (peer, isStuck) => {
    isStuck()
    for await (const _ of peer.source);
    await never
  },
  'in the middle': async (peer, isStuck) => {
    for await (const _ of peer.source) {
      isStuck()
      await never
    }
  },
  'before it reads': async (_, isStuck) => {
    isStuck()
    await never
  }
}

for (const [where, handler] of Object.entries(stuck)) {
  test(`T2: a peer that ended and left is cut at the linger time, the handler stuck ${where}`, async (t) => {
    const cuts: Promise<unknown>[] = []
    const gotStuck: Promise<void>[] = []
    const { service, books } = await start(
      t,
      handling((peer) => {
        const { signal } = peer
        cuts.push(once(signal, 'abort').then(() => signal.reason))
        return new Promise((resolve, reject) => {
          gotStuck.push(new Promise((isStuck) => handler(peer, isStuck).then(resolve, reject)))
        })
      }),
      { listen, limits: { lingerMs: 200 } }
    )
    let peers = 0
    for (const endpoint of service.endpoints.flatMap((one) => [one, one, one])) {
      const socket = await dial(endpoint)
      socket.write('x')
      await books.count('accept', ++peers)
      await within(Promise.all(gotStuck), 'a stuck handler')
      await endAndLeave(socket)
    }
    for (const why of await within(Promise.all(cuts), 'the cut of every connection', 2_000)) {
      assert.ok(why instanceof DeadlineError || why instanceof ConnectionResetError, String(why))
    }
  })
}

test('T2: the naive server holds what nobody is at any more', async (t) => {
  const held: Socket[] = []
  const careless = createServer({ allowHalfOpen: true })
  const ended = new Promise<void>((resolve) => {
    careless.on('connection', (socket) => {
      held.push(socket)
      socket
        .on('end', resolve)
        .on('error', () => {})
        .resume()
    })
  })
  await endAndLeave(await dial(`tcp://127.0.0.1:${await listening(careless)}`))
  await within(ended, 'the end of the peer')
  for (let turns = 0; turns < 100; turns++) await turn()
  const [socket] = held
  naive(t, socket?.destroyed === false, 'T2: the peer is gone, its socket is still there and nothing fires', 'every')
  socket?.destroy()
  careless.close()
})
