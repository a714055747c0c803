/**
 * Read buffers: what a reader was given stays as it was, whoever else reads meanwhile, and though a forwarder's memory is
 * read into again.
 */
import { test } from 'node:test'
import { collect, connect, type Handler, map, pipe, tap } from '../../lib/index.ts'
import { ask, assertSame, dial, directory, pattern, received } from '../support/raw.ts'
import { batches, handling, start } from '../support/service.ts'
import { turn, within } from '../support/wait.ts'

const listen = ['tcp://127.0.0.1:0', `unix:${directory()}/read`]
const size = 6_000_000

type Keep = (bytes: Uint8Array) => void

/** Echoes, each of which keeps the very bytes that it was given. */
const keepers: Record<string, (keep: Keep) => Handler> = {
  tap: (keep) => (peer) => pipe(peer, tap(keep), peer),
  map: (keep) => (peer) =>
    pipe(
      peer,
      map((bytes) => {
        keep(bytes)
        return bytes
      }),
      peer
    ),
  'a generator': (keep) => (peer) => pipe(peer, (source) => keeping(source, keep), peer),
  'a part of each read': (keep) => (peer) =>
    pipe(
      peer,
      map((bytes) => {
        keep(bytes)
        return bytes.subarray(0)
      }),
      peer
    )
}

async function* keeping(source: AsyncIterable<Uint8Array[]>, keep: Keep): AsyncGenerator<Uint8Array[]> {
  for await (const batch of source) {
    for (const bytes of batch) keep(bytes)
    yield batch
  }
}

for (const [what, keeper] of Object.entries(keepers)) {
  test(`what ${what} keeps is not read into again`, async (t) => {
    for (const readBuffers of [true, false]) {
      const kept: Uint8Array[] = []
      const { service } = await start(t, handling(keeper((bytes) => kept.push(bytes))), { listen, readBuffers })
      for (const endpoint of service.endpoints) {
        kept.length = 0
        const sent = pattern(size)
        const socket = await dial(endpoint)
        socket.end(sent)
        // It reads nothing yet, so that the server has to keep what the kernel does not take.
        for (let turns = 0; turns < 50; turns++) await turn()
        const echoed = received(socket)
        assertSame((await echoed).bytes, sent, `back from ${endpoint}`)
        assertSame(Buffer.concat(kept), sent, `kept at ${endpoint}`)
        socket.destroy()
      }
      await service.stop()
    }
  })
}

test('an echo whose client reads late gives back what it was sent', async (t) => {
  for (const readBuffers of [true, false]) {
    const echo = handling((peer) => pipe(peer, peer))
    const { service } = await start(t, echo, { listen, readBuffers })
    for (const endpoint of service.endpoints) {
      const sent = pattern(size)
      const socket = await dial(endpoint)
      // Reads of more than half a buffer, and less than what makes a writer wait.
      for (let at = 0; at < size; at += 40_000) {
        socket.write(sent.subarray(at, at + 40_000))
        await turn()
      }
      socket.end()
      assertSame((await received(socket)).bytes, sent, endpoint)
      socket.destroy()
    }
    await service.stop()
  }
})

test('many echoes at once, bulk and small, each get their own bytes back', async (t) => {
  const { service } = await start(
    t,
    handling((peer) => pipe(peer, peer)),
    { listen }
  )
  const clients = Array.from({ length: 24 }, async (_, index) => {
    const sent = pattern(index % 3 === 0 ? 2_000_000 : 1_000 * (index + 1)).fill(index, 0, 500)
    const endpoint = service.endpoints[index % 2] as string
    if (index % 4 < 2) {
      await using ours = await connect(endpoint)
      assertSame(Buffer.concat(await pipe(inPieces(sent), ours, collect())), sent, `ours, ${index}`)
      return
    }
    const socket = await dial(endpoint)
    const echoed = received(socket)
    socket.end(sent)
    assertSame((await echoed).bytes, sent, `Node’s, ${index}`)
    socket.destroy()
  })
  await within(Promise.all(clients), 'all echoes')
})

/** Small writes and large ones in turn. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array[]> {
  for (let at = 0, size = 100; at < bytes.length; at += size, size = size === 100 ? 150_000 : 100) {
    yield [bytes.subarray(at, at + size)]
  }
}

test('a reader that falls behind finds what was read meanwhile as it was', async (t) => {
  const { endpoint } = await start(
    t,
    handling(async (peer) => {
      const chunks: Uint8Array[] = []
      for await (const batch of peer.source) {
        chunks.push(...batch)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await peer.sink(batches(chunks))
    })
  )
  const all = [pattern(size), pattern(size).reverse()]
  const answers = await Promise.all(all.map((sent) => ask(endpoint, sent)))
  for (const [index, { bytes }] of answers.entries()) assertSame(bytes, all[index] as Buffer)
})
