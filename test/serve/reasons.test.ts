/**
 * Every connection ends for one named reason: each of them is provoked here, and no other happens.
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import {
  AbortedError,
  AuthError,
  authGate,
  type CloseReason,
  closeReasons,
  DeadlineError,
  decode,
  drain,
  FrameTimeoutError,
  FrameTooLargeError,
  type Handler,
  LimitError,
  MacError,
  MalformedFrameError,
  pipe,
  type ServeOptions,
  type Server,
  UnexpectedEndError
} from '../../lib/index.ts'
import { question, zen } from '../../servers/zen.ts'
import { ask, cut, dial, pattern, received } from '../support/raw.ts'
import { batches, handling, never, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

interface Provocation {
  readonly server: Server
  readonly options?: Partial<ServeOptions<Record<string, never>>>
  /** What the client does. */
  readonly client: (socket: Socket) => unknown
  /** It reads nothing. */
  readonly deaf?: boolean
  /** The service is then told to stop within so many ms. */
  readonly stop?: number
  /** The error of the `close` event. */
  readonly error?: (error: unknown) => boolean
}

/** Never through, and never quiet either. */
async function* endless(): AsyncGenerator<Uint8Array[]> {
  for (;;) yield [pattern(1000)]
}

const talking = handling((peer) => peer.sink(endless()))

const asking = handling((peer) => pipe(peer, decode(question), drain()))

const provocations: Record<CloseReason, Provocation> = {
  finished: { server: asking, client: (socket) => socket.end('Simple is better than?'), error: (e) => e === undefined },
  frame_too_large: {
    server: asking,
    client: (socket) => socket.write('x'.repeat(2_000)),
    error: (e) => e instanceof FrameTooLargeError && e.limit === 1024
  },
  truncated: {
    server: asking,
    client: (socket) => socket.end('Simple is better than?Beauti'),
    error: (e) => e instanceof UnexpectedEndError && String(Buffer.from(e.partial)) === 'Beauti'
  },
  malformed: {
    server: asking,
    client: (socket) => socket.write(Buffer.from([0xff, 0xfe, 0x3f])),
    error: (e) => e instanceof MalformedFrameError
  },
  frame_timeout: {
    server: handling((peer) => pipe(peer, decode(question, { frameMs: 50 }), drain())),
    client: (socket) => socket.write('Simple is'),
    error: (e) => e instanceof FrameTimeoutError && e.had === 9 && e.ms === 50
  },
  handler_error: {
    server: handling(async () => {
      throw new Error('out of ideas')
    }),
    client: () => {},
    error: (e) => e instanceof Error && e.message === 'out of ideas'
  },
  auth_failed: {
    server: asking,
    options: { gates: [authGate({ key: Buffer.from('key'), wrongDelayMs: 0 })] },
    client: (socket) => socket.write(pattern(32)),
    error: (e) => e instanceof AuthError && e.outcome === 'wrong'
  },
  auth_limited: {
    server: asking,
    options: { gates: [() => Promise.reject(new AuthError('limited', 'too many'))] },
    client: () => {},
    error: (e) => e instanceof AuthError && e.outcome === 'limited'
  },
  bad_mac: {
    server: asking,
    options: { gates: [() => Promise.reject(new MacError('changed'))] },
    client: () => {},
    error: (e) => e instanceof MacError
  },
  peer_reset: { server: asking, client: (socket) => cut(socket) },
  aborted: {
    server: handling(async (peer) => {
      for await (const _ of peer.source) peer.abort('enough')
    }),
    client: (socket) => socket.write('x'),
    error: (e) => e instanceof AbortedError && e.cause === 'enough'
  },
  idle_timeout: {
    server: asking,
    options: { limits: { idleMs: 50 } },
    client: (socket) => socket.write('Simple is better than?'),
    error: (e) => e === undefined
  },
  session_timeout: { server: asking, options: { limits: { sessionMs: 50 } }, client: () => {} },
  login_timeout: {
    server: asking,
    options: { gates: [() => never], limits: { loginMs: 50 } },
    client: (socket) => socket.write('let me in')
  },
  login_budget: {
    server: asking,
    options: { gates: [async (peer) => pipe(peer, drain()).then(() => peer)], limits: { loginBytes: 100 } },
    client: (socket) => socket.write('x'.repeat(101)),
    error: (e) => e instanceof LimitError && e.reason === 'login_budget'
  },
  write_stalled: {
    server: talking,
    options: { limits: { writeStallMs: 50 } },
    client: () => {},
    deaf: true,
    error: (e) => e instanceof LimitError && e.reason === 'write_stalled'
  },
  slow_reader: {
    server: talking,
    options: { limits: { slowReaderBytes: 1000, slowReaderMs: 50, minBytesPerSecond: 1_000_000_000 } },
    client: () => {},
    deaf: true,
    error: (e) => e instanceof LimitError && e.reason === 'slow_reader'
  },
  evicted: {
    server: talking,
    options: { limits: { totalBufferedBytes: 50_000 } },
    client: () => {},
    deaf: true,
    error: (e) => e instanceof LimitError && e.reason === 'evicted'
  },
  linger_timeout: {
    server: handling(async () => {}),
    options: { limits: { lingerMs: 50 } },
    client: () => {}
  },
  drained: {
    server: handling((peer) => pipe(peer, peer)),
    client: () => {},
    stop: 5_000,
    error: (e) => e instanceof DeadlineError
  },
  drain_timeout: {
    server: handling((peer) => peer.sink(endless())),
    client: (socket) => socket.resume(),
    stop: 50,
    error: (e) => e instanceof DeadlineError && e.ms === 50
  }
}

for (const [reason, { server, options, client, deaf, stop, error }] of Object.entries(provocations)) {
  test(`${reason}: ${closeReasons[reason as CloseReason]}`, async (t) => {
    const { service, books, endpoint } = await start(t, server, options)
    const socket = await dial(endpoint)
    t.after(() => socket.destroy())
    const { id } = await books.next('accept')
    await client(socket)
    // A client keeps its half open until ours has ended, so that the server never closes for another reason.
    if (deaf !== true) socket.on('end', () => socket.end()).resume()
    if (reason === 'linger_timeout') socket.removeAllListeners('end')
    if (stop !== undefined) void service.stop({ graceMs: stop })
    const close = await within(books.next('close'), 'the close', 3_000)
    assert.deepEqual([close.id, close.reason], [id, reason])
    assert.equal(service.stats.closed[reason as CloseReason], 1)
    assert.equal(service.stats.open, 0)
    if (error !== undefined) assert.ok(error(close.error), String(close.error))
    const faults = books.all('fault')
    assert.equal(faults.length, 'error' in close ? 1 : 0)
    if (faults[0] !== undefined) assert.equal(faults[0].error, close.error)
  })
}

const bad: Record<string, Handler> = {
  throws: () => {
    throw new Error('thrown')
  },
  rejects: async () => {
    throw new Error('rejected')
  },
  'rejects with nothing': () => Promise.reject(undefined),
  'throws a string': async () => {
    throw 'a string'
  },
  'throws while it reads': async (peer) => {
    for await (const _ of peer.source) throw new Error('in the loop')
  },
  'throws in finally': async (peer) => {
    try {
      for await (const _ of peer.source) break
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: that is the handler under test
      throw new Error('in finally')
    }
  }
}

for (const [what, handler] of Object.entries(bad)) {
  test(`a handler that ${what} ends its own connection only, as handler_error`, async (t) => {
    const { service, books, endpoint } = await start(t, oneOf(handler))
    await mixed(endpoint, 20)
    await books.count('close', 40)
    assert.deepEqual([service.stats.closed.handler_error, service.stats.closed.finished], [20, 20])
    assert.equal(books.all('fault').length, 20)
  })
}

test('handlers that never return disturb nobody, and are cut when the service stops', async (t) => {
  const { service, books, endpoint } = await start(
    t,
    oneOf(() => never)
  )
  const stuck = await mixed(endpoint, 20, 'leave')
  await books.count('close', 20)
  assert.equal(service.stats.open, 20)
  await within(service.stop({ graceMs: 100 }), 'the stop', 3_000).finally(() => {
    for (const socket of stuck) socket.destroy()
  })
  assert.deepEqual([service.stats.closed.drain_timeout, service.stats.closed.finished], [20, 20])
})

test('a handler of datagrams that never returns does not hold up the stop', async (t) => {
  const server: Server = { ...asking, openDatagrams: () => () => never }
  const { service } = await start(t, server, { listen: 'udp://127.0.0.1:0' })
  await within(service.stop({ graceMs: 100 }), 'the stop', 3_000)
})

/** The bad handler for a connection that says `b`, an echo for one that says `g`. */
function oneOf(handler: Handler): Server {
  return handling(async (peer) => {
    const iterator = peer.source[Symbol.asyncIterator]()
    const { value } = (await iterator.next()) as { value: Uint8Array[] }
    const first = value[0] as Uint8Array
    if (first[0] === 0x67) await peer.sink(batches(value, ...(await rest(iterator))))
    else await handler(peer)
  })
}

async function rest(iterator: AsyncIterator<Uint8Array[]>): Promise<Uint8Array[][]> {
  const all: Uint8Array[][] = []
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) all.push(next.value)
  return all
}

/** Good and bad connections in turn; every good one gets its echo. Answers the bad ones that are still there. */
async function mixed(endpoint: string, each: number, bad: 'leave' | 'wait' = 'wait'): Promise<Socket[]> {
  const stuck: Socket[] = []
  const clients: Promise<unknown>[] = []
  for (let index = 0; index < each; index++) {
    const socket = await dial(endpoint)
    if (bad === 'wait') clients.push(received(socket).finally(() => socket.destroy()))
    else stuck.push(socket)
    socket.write('b')
    if (bad === 'wait') socket.on('end', () => socket.end())
    clients.push(
      ask(endpoint, 'good').then(({ bytes, how }) => assert.deepEqual([String(bytes), how], ['good', 'end']))
    )
  }
  await Promise.all(clients)
  return stuck
}

test('zen: the reason of a question that is too long is in the event, with the numbers', async (t) => {
  const { books, endpoint } = await start(t, zen)
  await ask(endpoint, 'x'.repeat(10_000))
  const { error, reason } = await books.next('close')
  assert.equal(reason, 'frame_too_large')
  assert.match(String(error), /1024/)
})
