/**
 * Faults of a handler, as the peer sees them: good answers arrive and an end behind them, for the answers say where they
 * end. Where only the end says so, there must be none.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Codec,
  ConnectionResetError,
  close,
  collect,
  connect,
  decode,
  drain,
  encode,
  FrameTooLargeError,
  halfClose,
  map,
  memoryPair,
  pipe,
  type Server
} from '../../lib/index.ts'
import { question, zen } from '../../servers/zen.ts'
import { limitation } from '../support/naive.ts'
import { python, skipUnless } from '../support/program.ts'
import { ask, directory, pattern } from '../support/raw.ts'
import { batches, handling, start } from '../support/service.ts'
import { signpost, within } from '../support/wait.ts'

const both = ['tcp://127.0.0.1:0', `unix:${directory()}/faults`]
const noPython = skipUnless('python3')

test('the good answers before a question over its limit arrive, then an end', async (t) => {
  for (const listen of both) {
    const { books, endpoint } = await start(t, zen, { listen })
    for (let round = 0; round < 100; round++) {
      const { bytes, how } = await ask(endpoint, `Simple is better than?Explicit is better than?${'x'.repeat(60_000)}`)
      assert.deepEqual([String(bytes), how], ['Complex.Implicit.', 'end'])
    }
    const faults = await books.count('fault', 100)
    for (const { error } of faults) assert.ok(error instanceof FrameTooLargeError)
    await books.count('close', 100)
    assert.deepEqual(new Set(books.reasons()), new Set(['frame_too_large']))
  }
})

test('the good answers before a handler that throws arrive, then an end, with input left unread', async (t) => {
  const handler = handling((peer) =>
    pipe(
      peer,
      decode(question),
      map((asked) => {
        if (asked === 'Now what?') throw new Error('no idea')
        return Buffer.from(asked.toUpperCase())
      }),
      peer
    )
  )
  for (const listen of both) {
    const { books, endpoint } = await start(t, handler, { listen })
    const answer = ask(endpoint, `One?Two?Now what?Four?${'x'.repeat(30_000)}`)
    assert.deepEqual(await answer, { bytes: Buffer.from('ONE?TWO?'), how: 'end' })
    const { reason, error } = await books.next('close')
    assert.equal(reason, 'handler_error')
    assert.equal((error as Error).message, 'no idea')
  }
})

/** Gives out a first part of a message, and fails instead of the rest. */
async function* cutMessage(part: Uint8Array): AsyncGenerator<Uint8Array[]> {
  yield [part]
  throw new Error('the disk is gone')
}

/** Sends half a message and fails, once the client is there and, where it has a message too, behind that. */
function halfMessage(codec: Codec<Uint8Array>, length: number, clientIsThere = Promise.resolve()): Server {
  return handling(async (peer) => {
    await clientIsThere
    if (codec.name === 'half-close') await pipe(peer, drain())
    await pipe(cutMessage(pattern(length)), encode(codec), peer)
  })
}

const rounds = 20

/** How a Python client saw every round end; this Node's own sockets may show a reset as an end, see T25. */
async function endings(endpoint: string): Promise<[got: number, how: string][]> {
  const { stdout } = await python('ending.py', endpoint, String(rounds)).ended()
  return JSON.parse(String(stdout)) as [number, string][]
}

/** libuv 1.52 learned to tell a reset behind unread data from an end; before it, none can be told behind our own end. */
const [major = 0, minor = 0] = process.versions.uv.split('.').map(Number)
const tellsEndAndReset = major > 1 || minor >= 52

for (const codec of [close(), halfClose()]) {
  test(`${codec.name}, tcp: half a message never ends cleanly`, { skip: noPython }, async (t) => {
    for (const length of [0, 10, 300_000]) {
      const { books, endpoint } = await start(t, halfMessage(codec, length))
      const seen = await endings(endpoint)
      assert.equal(seen.length, rounds)
      for (const [got, how] of seen) assert.notEqual(how, 'fin', `an end behind ${got} of ${length} bytes`)
      await books.count('close', rounds)
      assert.deepEqual(new Set(books.reasons()), new Set(['handler_error']))
    }
  })

  test(`${codec.name}, unix: half a message is a fault for us, and looks whole to the peer`, {
    skip: noPython
  }, async (t) => {
    const { books, endpoint } = await start(t, halfMessage(codec, 10), { listen: both[1] as string })
    const seen = await endings(endpoint)
    const whole = seen.filter(([, how]) => how === 'fin').length
    limitation(t, whole > 0, `a Unix socket knows no reset: ${whole} of ${rounds} cut messages looked whole`, true)
    await books.count('close', rounds)
    assert.deepEqual(new Set(books.reasons()), new Set(['handler_error']))
  })

  test(`${codec.name}, tcp: our own client takes no half message for a whole one`, async (t) => {
    let whole = 0
    for (const length of [0, 10, 100_000]) {
      const clientIsThere = signpost()
      const { endpoint } = await start(t, halfMessage(codec, length, clientIsThere.passed))
      await using connection = await connect(endpoint)
      const message = pipe(connection, decode(codec), collect())
      if (codec.name === 'half-close') await connection.sink(batches())
      clientIsThere.pass()
      const failure = await within(message, 'the message').then(
        () => undefined,
        (error: unknown) => error
      )
      if (failure === undefined) whole++
      else assert.ok(failure instanceof ConnectionResetError, String(failure))
    }
    const what = `behind our own end a reset looks like an end: ${whole} of 3 cut messages looked whole`
    limitation(t, whole > 0, what, codec.name === 'half-close' && !tellsEndAndReset)
  })

  test(`${codec.name}, memory: our own client takes no half message for a whole one`, async (t) => {
    const { service } = await start(t, halfMessage(codec, 10), { listen: [] })
    const [client, server] = memoryPair()
    service.accept(server)
    const message = pipe(client, decode(codec), collect())
    if (codec.name === 'half-close') await client.sink(batches())
    await assert.rejects(within(message, 'the message'), ConnectionResetError)
    await client.close()
  })
}
