/**
 * Closing loses nothing: what a server answered arrives, though it left input unread, and whatever happened behind it.
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import {
  type Connection,
  ConnectionError,
  collect,
  connect,
  decode,
  drain,
  type Handler,
  map,
  memoryPair,
  pipe,
  take
} from '../../lib/index.ts'
import { question } from '../../servers/zen.ts'
import { naive } from '../support/naive.ts'
import { python, skipUnless } from '../support/program.ts'
import { assertSame, dial, directory, listening, pattern, received } from '../support/raw.ts'
import { batches, handling, never, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const both = ['tcp://127.0.0.1:0', `unix:${directory()}/closing`] as const

/** An answer that begins with its own length. */
function answerOf(length: number): Buffer {
  const answer = pattern(length)
  answer.write(String(length).padStart(10, '0'))
  return answer
}

/** Reads one question, answers it, and leaves unread what else there is. */
function answersOne(answer: Uint8Array): Handler {
  return async (peer) => {
    await pipe(
      peer,
      decode(question),
      take(1),
      map(() => answer),
      peer
    )
  }
}

async function askUnread(
  endpoint: string,
  rounds: number,
  extra: number,
  manner: string
): Promise<Record<string, number>> {
  const { stdout, stderr } = await python('unread.py', endpoint, String(rounds), String(extra), manner).ended()
  return JSON.parse(String(stdout) || `{${JSON.stringify(stderr)}: 1}`) as Record<string, number>
}

const noPython = skipUnless('python3')

const manners: [manner: string, extra: number][] = [
  ['once', 1],
  ['once', 60_000],
  ['twice', 60_000],
  ['ended', 60_000]
]

for (const [listen, times] of [
  [both[0], 1_000],
  [both[1], 200]
] as const) {
  for (const length of [10, 200_000]) {
    const over = listen.startsWith('tcp') ? 'tcp' : 'unix'
    const name = `${over}: an answer of ${length} bytes arrives ${times} times of ${times} with input left unread`
    test(name, { skip: noPython }, async (t) => {
      const { service, books, endpoint } = await start(t, handling(answersOne(answerOf(length))), { listen })
      const rounds = times / manners.length
      const asking = manners.map(([manner, extra]) => askUnread(endpoint, rounds, extra, manner))
      assert.deepEqual(
        await Promise.all(asking),
        manners.map(() => ({ 'whole and fin': rounds }))
      )
      await books.count('close', times)
      assert.equal(service.stats.closed.finished, times)
    })
  }
}

test('the naive server, which ends and destroys with unread input, loses the answer', { skip: noPython }, async (t) => {
  const answer = answerOf(200_000)
  const careless = createServer({ pauseOnConnect: true }, (socket) => {
    socket
      .on('error', () => {})
      .once('readable', () => {
        socket.read()
        socket.end(answer)
        socket.destroySoon()
      })
  })
  const endpoint = `tcp://127.0.0.1:${await listening(careless)}`
  const counts = await askUnread(endpoint, 50, 300_000, 'late')
  careless.close()
  const { 'whole and fin': whole = 0 } = counts
  naive(t, whole < 50, `${50 - whole} of 50 answers lost: ${JSON.stringify(counts)}`, 'every')
})

test('a client that floods while it reads gets its answer, and cannot make the server read for ever', async (t) => {
  const answer = answerOf(200_000)
  const flood = Buffer.alloc(24_000_000)
  for (const listen of both) {
    const { books, endpoint } = await start(t, handling(answersOne(answer)), { listen, limits: { lingerMs: 300 } })
    const client = await dial(endpoint)
    const answers = received(client)
    client.write('Simple is better than?')
    const flooding = new Promise((resolve) => client.write(flood, resolve))
    const { bytes, how } = await answers
    assert.equal(how, 'end')
    assertSame(bytes, answer, endpoint)
    // Its own end never comes through the flood, so the server cuts.
    assert.equal((await books.next('close')).reason, 'linger_timeout')
    assert.ok((await flooding) instanceof Error, 'the server took the whole flood')
    client.destroy()
  }
})

const unread: Record<string, Handler> = {
  'behind all that the client says': async (peer) => {
    await pipe(peer, drain())
    await peer.sink(batches([pattern(30_000_000)]))
  },
  'behind the first question': answersOne(pattern(30_000_000))
}

for (const [when, handler] of Object.entries(unread)) {
  test(`a client that never reads the answer to its last word is cut at the linger time, answered ${when}`, async (t) => {
    for (const listen of both) {
      const { books, endpoint } = await start(t, handling(handler), { listen, limits: { lingerMs: 300 } })
      const client = await dial(endpoint)
      client.end('Simple is better than?')
      const { reason } = await within(books.next('close'), 'the cut', 3_000).finally(() => client.destroy())
      assert.equal(reason, 'linger_timeout')
    }
  })
}

for (const [how, end] of Object.entries({
  closing: (connection: Connection) => connection.close({ lingerMs: 100 }),
  aborting: async (connection: Connection) => connection.abort()
})) {
  test(`${how} ends what still reads and writes`, async (t) => {
    const { endpoint } = await start(
      t,
      handling(() => Promise.resolve()),
      { limits: { lingerMs: 100 } }
    )
    for (const connection of [await connect(endpoint), memoryPair()[0]]) {
      const silent: AsyncIterable<Uint8Array[]> = { [Symbol.asyncIterator]: () => ({ next: () => never }) }
      const sinking = assert.rejects(connection.sink(silent), ConnectionError)
      const reading = assert.rejects(pipe(connection, collect()), ConnectionError)
      const ending = end(connection)
      await within(Promise.all([sinking, reading]), 'the end of both')
      await within(ending, how)
    }
  })
}
