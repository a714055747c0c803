/**
 * Resets. T5: a writer never waits for ever. T6: no reset crashes. T25: a reset never passes for an end.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Connection, ConnectionResetError, connect, each, type Handler } from '../../lib/index.ts'
import { naive } from '../support/naive.ts'
import { endpointOf, nodeFile } from '../support/program.ts'
import { closed, cut, dial, directory, listening, pattern, received } from '../support/raw.ts'
import { handling, never, start } from '../support/service.ts'
import { signpost, turn, within } from '../support/wait.ts'

const listen = ['tcp://127.0.0.1:0', `unix:${directory()}/reset`]

/** A naive server's end of one new connection, and the client's end of it. */
async function naivePair(t: TestContext): Promise<[socket: Socket, client: Socket]> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = await dial(`tcp://127.0.0.1:${await listening(server)}`)
  const [socket] = await within(accepted, 'the naive server’s connection')
  socket.on('error', () => {})
  t.after(() => {
    socket.destroy()
    client.destroy()
    server.close()
  })
  return [socket, client]
}

async function* endless(): AsyncGenerator<Uint8Array[]> {
  const block = pattern(65_536)
  for (;;) yield [block]
}

test('T5: a sink that waits for room rejects when the peer resets', async (t) => {
  const [socket, client] = await naivePair(t)
  socket.resume()
  await cut(client)
  await closed(socket)
  let settled = false
  assert.equal(socket.write('more'), false)
  const note = (): void => {
    settled = true
  }
  once(socket, 'drain').then(note, note)
  for (let turns = 0; turns < 100; turns++) await turn()
  naive(t, !settled, 'T5: write() said false, once(socket, "drain") never settles: the reset came before it', 'every')

  const failures: Promise<unknown>[] = []
  const handler: Handler = (peer) => {
    const sinking = peer.sink(endless())
    failures.push(sinking.then(String, (error: unknown) => error))
    return sinking
  }
  const { service, books } = await start(t, handling(handler), { listen })
  for (const endpoint of service.endpoints) {
    const peer = await dial(endpoint)
    const accepted = books.all('accept').length
    if (accepted === 0) await books.next('accept')
    // It reads nothing: when the first bytes are here and nothing moves any more, the writer waits for room.
    await within(once(peer, 'readable'), 'the first bytes')
    await turn()
    await cut(peer)
  }
  const errors = await within(Promise.all(failures), 'the end of every sink')
  for (const error of errors) assert.ok(error instanceof ConnectionResetError, String(error))
  await books.count('close', service.endpoints.length)
  assert.deepEqual(new Set(books.reasons()), new Set(['peer_reset']))
})

test('T5: a sink whose source is silent rejects when the peer resets', async (t) => {
  const handler: Handler = async (peer) => {
    const silent: AsyncIterable<Uint8Array[]> = { [Symbol.asyncIterator]: () => ({ next: () => never }) }
    const reading = (async () => {
      for await (const _ of peer.source);
    })()
    await Promise.all([reading.catch(() => {}), peer.sink(silent)])
  }
  const { books, endpoint } = await start(t, handling(handler))
  const peer = await dial(endpoint)
  await books.next('accept')
  await cut(peer)
  assert.equal((await books.next('close')).reason, 'peer_reset')
})

test('T6: a reset while nobody reads does not end the process', async (t) => {
  const careless = nodeFile(new URL('naive-reset.mjs', import.meta.url))
  const victim = await dial(await endpointOf(careless))
  await careless.line((line) => line === 'busy', 'the naive handler is busy')
  await cut(victim)
  // Where Node mended it the process goes on, and this ends its handler.
  await careless.ended('death by ECONNRESET', 2_000).catch(() => {})
  const died = !careless.isRunning
  if (died) assert.match(careless.text('stderr'), /ECONNRESET/)
  naive(t, died, 'T6: a reset ends the whole process, uncaught ECONNRESET')
  await careless.kill()

  const busyWhile: Record<string, (peer: Connection, busy: () => Promise<void>) => Promise<void>> = {
    'before it reads': async (peer, busy) => {
      await busy()
      for await (const _ of peer.source);
    },
    'in the middle': async (peer, busy) => {
      for await (const _ of peer.source) await busy()
    },
    'behind what it read': async (peer, busy) => {
      for await (const _ of peer.source) break
      await busy()
    }
  }
  for (const [when, handler] of Object.entries(busyWhile)) {
    const busy = signpost()
    const done = signpost()
    const { books, endpoint } = await start(
      t,
      handling((peer) =>
        handler(peer, () => {
          busy.pass()
          return done.passed
        })
      )
    )
    const socket = await dial(endpoint)
    socket.write('x')
    await within(busy.passed, `a handler that is busy ${when}`)
    await cut(socket)
    for (let turns = 0; turns < 20; turns++) await turn()
    done.pass()
    assert.equal((await books.next('close')).reason, 'peer_reset', when)
  }
})

test('T6: a reset of a client of ours that nobody reads', async (t) => {
  const server = createServer({ pauseOnConnect: true })
  const accepted = once(server, 'connection') as Promise<[Socket]>
  await using peer = await connect(`tcp://127.0.0.1:${await listening(server)}`)
  t.after(() => server.close())
  const [socket] = await within(accepted, 'the connection')
  await cut(socket)
  await within(assert.rejects(peer.sink(endless()), ConnectionResetError), 'the end of the sink')
  assert.ok(peer.signal.reason instanceof ConnectionResetError)
})

/** Everything that is read of a source, and what ended it. */
async function readAll(peer: Connection): Promise<{ bytes: Buffer; error: unknown }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of each(peer.source)) chunks.push(chunk)
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error }
  }
  return { bytes: Buffer.concat(chunks), error: undefined }
}

test('T25: a reset behind unread data is a reset, and the data before it are delivered', async (t) => {
  const sizes = [1, 1_000, 65_535, 65_536, 65_537, 200_000, 1_000_000]
  const ends: number[] = []
  for (const size of sizes) {
    const [socket, client] = await naivePair(t)
    await new Promise((resolve) => client.write(pattern(size), resolve))
    await cut(client)
    const { how } = await received(socket)
    if (how === 'end') ends.push(size)
  }
  const what = `T25: a reset arrived as a clean end behind ${ends.join(', ')} bytes`
  naive(t, ends.length > 0, what)

  for (const readBuffers of [true, false]) {
    for (const size of sizes) {
      const mayRead = signpost()
      const outcome = signpost<{ bytes: Buffer; error: unknown }>()
      const { books, endpoint } = await start(
        t,
        handling(async (peer) => {
          await mayRead.passed
          const read = await readAll(peer)
          outcome.pass(read)
          if (read.error !== undefined) throw read.error
        }),
        { readBuffers }
      )
      const client = await dial(endpoint)
      await new Promise((resolve) => client.write(pattern(size), resolve))
      await books.next('accept')
      await cut(client)
      mayRead.pass()
      const { bytes, error } = await within(outcome.passed, 'what was read')
      assert.ok(error instanceof ConnectionResetError, `${error} behind ${bytes.length} of ${size} bytes`)
      assert.ok(pattern(size).subarray(0, bytes.length).equals(bytes), 'what came before the reset is as it was sent')
      if (size <= 65_536) assert.equal(bytes.length, size, 'what the kernel had before the reset is delivered')
      assert.equal((await books.next('close')).reason, 'peer_reset')
    }
  }
})

test('T25: a reset behind unread data is a reset too while writes of our own wait', async (t) => {
  for (const size of [1, 1_000, 65_535, 65_536, 200_000]) {
    const mayRead = signpost()
    const outcome = signpost<{ bytes: Buffer; error: unknown }>()
    const { books, endpoint } = await start(
      t,
      handling(async (peer) => {
        const sinking = peer.sink(endless()).catch(() => {})
        await mayRead.passed
        outcome.pass(await readAll(peer))
        await sinking
      })
    )
    const client = await dial(endpoint)
    await books.next('accept')
    // Its first bytes show that the server writes; it reads no more, so that the rest waits.
    await within(once(client, 'readable'), 'the first bytes')
    await new Promise((resolve) => client.write(pattern(size), resolve))
    await cut(client)
    mayRead.pass()
    const { bytes, error } = await within(outcome.passed, 'what was read')
    assert.ok(error instanceof ConnectionResetError, `a clean end behind ${bytes.length} of ${size} bytes`)
  }
})
