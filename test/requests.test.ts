/** Pipelined requests: answers in order, whatever is aborted, refused or unanswered. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import {
  batched,
  collect,
  connect,
  decode,
  delimiter,
  encode,
  FrameRefusedError,
  listen,
  map,
  mapAsync,
  memoryPair,
  ProtocolError,
  pipe,
  proxy,
  requests,
  type ServeOptions,
  type Server,
  serve,
  take,
  text
} from '../lib/index.ts'
import { Bell } from './support/wait.ts'

const line = text(delimiter('\n'))

test('answers find their requests, also behind an aborted and a refused one', async () => {
  const [client, server] = memoryPair()
  const shout = mapAsync(async (said: string) => said.toUpperCase(), { concurrency: 4 })
  const done = pipe(server, decode(line), shout, encode(line), server)
  const asking = requests(client, line, line)
  const stop = new AbortController()
  const [one, two, three] = [asking.ask('one'), asking.ask('two', { signal: stop.signal }), asking.ask('three')]
  stop.abort(new Error('not needed'))
  await assert.rejects(two, /not needed/)
  await assert.rejects(asking.ask('a\nb'), FrameRefusedError)
  assert.deepEqual(await Promise.all([one, three, asking.ask('four')]), ['ONE', 'THREE', 'FOUR'])
  await asking.close()
  await done
  await assert.rejects(asking.ask('five'), /closed by our side/)
})

test('a peer that ends early leaves no request waiting', async () => {
  const [client, server] = memoryPair()
  void pipe(server, decode(line), take(1), encode(line), server).then(() => server.close())
  const asking = requests(client, line, line)
  const answers = await Promise.allSettled([asking.ask('one'), asking.ask('two')])
  assert.equal(answers[0].status, 'fulfilled')
  assert.equal(answers[1].status, 'rejected')
  assert.ok((answers[1] as PromiseRejectedResult).reason instanceof ProtocolError)
  await asking.close()
})

test("a reply that nobody asked for is the peer's fault", async () => {
  const [client, server] = memoryPair()
  const asking = requests(client, line, line)
  // The client cuts the line as soon as it has heard it.
  await server.sink(pipe(batched(['surprise']), encode(line))).catch(() => {})
  await assert.rejects(asking.ask('one'), ProtocolError)
})

test('close waits for the replies still owed', async () => {
  const [client, server] = memoryPair()
  void pipe(
    server,
    decode(line),
    map((said) => said + said),
    encode(line),
    server
  )
  const asking = requests(client, line, line)
  const owed = asking.ask('ab')
  await asking.close()
  assert.equal(await owed, 'abab')
})

test('a proxy passes half-close and resets on', async () => {
  await using back = await listen('tcp://127.0.0.1:0')
  await using front = await listen('tcp://127.0.0.1:0')
  const backs = back[Symbol.asyncIterator]()
  const fronts = front[Symbol.asyncIterator]()
  const open = async () => {
    const client = await connect(front.endpoint)
    const inner = (await fronts.next()).value
    const joined = proxy(inner, await connect(back.endpoint))
    return { client, joined, server: (await backs.next()).value }
  }
  const whole = await open()
  const echoing = pipe(whole.server, whole.server)
  const bytes = Buffer.alloc(1 << 20, 7)
  const heard = await pipe(batched([bytes]), whole.client, collect())
  assert.deepEqual(Buffer.concat(heard), bytes)
  await Promise.all([echoing, whole.joined, whole.client.close(), whole.server.close()])

  const cut = await open()
  const failed = assert.rejects(cut.joined)
  cut.server.abort()
  await assert.rejects(pipe(cut.client, collect()), /reset/)
  await failed
})

test('closing ends the connection in good order: for the server it is finished, not cut', async (t) => {
  for (const endpoint of ['tcp://127.0.0.1:0', `unix:${tmpdir()}/it-serve-requests-${process.pid}`]) {
    const reasons: string[] = []
    const bell = new Bell()
    const server: Server = {
      name: 'shout',
      endpoints: [endpoint],
      open: () => (peer) =>
        pipe(
          peer,
          decode(line),
          map((said) => said.toUpperCase()),
          encode(line),
          peer
        )
    }
    const onEvent: ServeOptions<Record<never, never>>['onEvent'] = (event) => {
      if (event.type === 'close') reasons.push(event.reason)
      bell.ring()
    }
    const service = await serve(server, { onEvent })
    t.after(() => service.stop({ graceMs: 100 }))
    for (let round = 0; round < 10; round++) {
      const asking = requests(await connect(service.endpoints[0] as string), line)
      assert.equal(await asking.ask('one'), 'ONE')
      await asking.close()
    }
    await bell.until(() => reasons.length === 10 || undefined, 'ten closes')
    assert.deepEqual(reasons, Array(10).fill('finished'))
  }
})
