/**
 * Deadlines are kept, on a clock that only moves when told: never early, at most a tenth late, over memory and TCP; what
 * must not save a peer does not, and what must not count against it does not.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  type CloseReason,
  decode,
  delimiter,
  dialog,
  drain,
  encode,
  type Gate,
  type Handler,
  mapAsync,
  memoryPair,
  pipe,
  type ServeLimits,
  type ServeOptions
} from '../../lib/index.ts'
import { type FakeClock, fakeClock } from '../../lib/laws/fake-clock.ts'
import type { BaseConnection } from '../../lib/transport/base-connection.ts'
import { Rounds } from '../../lib/watch/rounds.ts'
import type { Books } from '../support/books.ts'
import { dial, pattern } from '../support/raw.ts'
import { batches, handling, never, start } from '../support/service.ts'
import { signpost, turn, within } from '../support/wait.ts'

/** The client's end, whatever it is made of. */
interface Client {
  say(bytes: string): void
  /** Reads all that comes, and ends its half when ours has ended. */
  read(): void
  end(): void
  cut(): void
}

interface Stage {
  readonly clock: FakeClock
  readonly books: Books
  readonly client: Client
  readonly service: Awaited<ReturnType<typeof start>>['service']
  /** The server's end. */
  readonly peer: BaseConnection<Uint8Array>
  /** Says something and waits until the server has it. */
  say(bytes: string): Promise<void>
}

const line = delimiter('\n')
const reading: Handler = (peer) => pipe(peer, decode(line), drain())
const answering: Handler = (peer) => pipe(peer, decode(line), encode(line), peer)
const pulling: Handler = (peer) =>
  pipe(
    peer,
    decode(line),
    mapAsync(async (asked) => asked),
    encode(line),
    peer
  )
const echoing: Handler = (peer) => pipe(peer, peer)
const talking =
  (bytes: number): Handler =>
  (peer) =>
    peer.sink(batches([pattern(bytes)]))

const lines: Record<
  string,
  (t: TestContext, endpoint: string, service: Stage['service'], clock: FakeClock) => Promise<Client>
> = {
  async memory(_, __, service, clock) {
    const [client, peer] = memoryPair({ clock })
    service.accept(peer)
    const talk = { bytes: [] as Uint8Array[], wake: () => {}, over: false }
    async function* said(): AsyncGenerator<Uint8Array[]> {
      while (!talk.over || talk.bytes.length > 0) {
        if (talk.bytes.length > 0) yield talk.bytes.splice(0)
        else await new Promise<void>((resolve) => (talk.wake = resolve))
      }
    }
    client.sink(said()).catch(() => {})
    const end = (): void => {
      talk.over = true
      talk.wake()
    }
    return {
      say(bytes) {
        talk.bytes.push(Buffer.from(bytes))
        talk.wake()
      },
      read: () => void pipe(client, drain()).then(end, end),
      end,
      cut: () => client.abort()
    }
  },
  async tcp(_, endpoint) {
    const socket = await dial(endpoint)
    return {
      say: (bytes) => void socket.write(bytes),
      read: () => void socket.on('end', () => socket.end()).resume(),
      end: () => void socket.end(),
      cut: () => void socket.destroy()
    }
  }
}

async function begin(
  t: TestContext,
  way: string,
  handler: Handler,
  limits: Partial<ServeLimits>,
  options: Partial<ServeOptions<Record<string, never>>> = {}
): Promise<Stage> {
  const clock = fakeClock()
  const accepted = signpost<BaseConnection<Uint8Array>>()
  const gates = options.gates ?? []
  const server = handling((peer) => {
    accepted.pass(peer as BaseConnection<Uint8Array>)
    return handler(peer)
  })
  const seeing: Gate = async (peer) => {
    accepted.pass(peer as BaseConnection<Uint8Array>)
    return peer
  }
  const { service, books, endpoint } = await start(t, server, {
    ...options,
    ...(gates.length > 0 ? { gates: [seeing, ...gates] } : {}),
    clock,
    limits
  })
  const client = await (lines[way] as (typeof lines)[string])(t, endpoint, service, clock)
  t.after(() => {
    client.cut()
    // The drain of a service that is left over waits on this clock.
    void clock.advance(60_000)
  })
  const peer = await within(accepted.passed, 'the handler')
  const say = async (bytes: string): Promise<void> => {
    const before = peer.taken
    client.say(bytes)
    for (let turns = 0; turns < 500 && peer.taken < before + bytes.length && !peer.dead; turns++) await turn()
  }
  return { clock, books, client, service, peer, say }
}

/** Lets time pass in small steps until the connection is closed; answers how long that took. */
async function untilClosed(
  { clock, books }: Stage,
  most: number,
  meanwhile: () => unknown = () => {}
): Promise<number> {
  const began = clock.now()
  while (books.reasons().length === 0) {
    assert.ok(clock.now() - began <= most * 1.5, `still open after ${clock.now() - began} ms of ${most}`)
    await clock.advance(most / 100)
    await meanwhile()
    for (let turns = 0; turns < 5; turns++) await turn()
  }
  return clock.now() - began
}

function assertKept(took: number, ms: number): void {
  assert.ok(took >= ms && took <= ms * 1.1 + 10, `closed after ${took} ms of ${ms}`)
}

interface Deadline {
  readonly reason: CloseReason
  readonly ms: number
  readonly handler: Handler
  readonly limits?: Partial<ServeLimits>
  readonly options?: Partial<ServeOptions<Record<string, never>>>
  readonly deaf?: boolean
  /** Before the time that is measured. */
  readonly first?: (stage: Stage) => unknown
  readonly meanwhile?: (stage: Stage) => unknown
}

const dripping = ({ say }: Stage): Promise<void> => say('x')

const deadlines: Record<string, Deadline> = {
  'idle, between two frames, driven': {
    reason: 'idle_timeout',
    ms: 60_000,
    handler: answering,
    first: async ({ clock, say }) => {
      await clock.advance(50_000)
      await say('a question\n')
    }
  },
  'idle, between two frames, pulled': {
    reason: 'idle_timeout',
    ms: 60_000,
    handler: pulling,
    first: ({ say }) => say('one\n')
  },
  'idle, where nobody knows of frames': {
    reason: 'idle_timeout',
    ms: 60_000,
    handler: echoing,
    first: ({ say }) => say('x')
  },
  'idle, with a handler that neither reads nor writes': { reason: 'idle_timeout', ms: 60_000, handler: () => never },
  'frame, driven, with a byte now and then': {
    reason: 'frame_timeout',
    ms: 10_000,
    handler: answering,
    first: ({ say }) => say('good\nbegun'),
    meanwhile: dripping
  },
  'frame, pulled, with a byte now and then': {
    reason: 'frame_timeout',
    ms: 10_000,
    handler: pulling,
    first: ({ say }) => say('begun'),
    meanwhile: dripping
  },
  'frame, in a dialog, with a byte now and then': {
    reason: 'frame_timeout',
    ms: 10_000,
    handler: async (peer) => {
      const talk = dialog(peer)
      while ((await talk.next(line)) !== undefined);
    },
    first: ({ say }) => say('begun'),
    meanwhile: dripping
  },
  'write stall': { reason: 'write_stalled', ms: 10_000, handler: talking(20_000_000), deaf: true },
  'slow reader': {
    reason: 'slow_reader',
    ms: 5_000,
    handler: talking(20_000_000),
    limits: { slowReaderMs: 5_000 },
    deaf: true
  },
  'login, with a byte now and then': {
    reason: 'login_timeout',
    ms: 10_000,
    handler: reading,
    options: { gates: [(peer) => pipe(peer, drain()).then(() => peer)] },
    meanwhile: dripping
  },
  'login, with a gate that never comes to its end': {
    reason: 'login_timeout',
    ms: 10_000,
    handler: reading,
    options: { gates: [() => never] }
  },
  'session, with a frame now and then': {
    reason: 'session_timeout',
    ms: 20_000,
    handler: answering,
    limits: { sessionMs: 20_000 },
    meanwhile: ({ say, books }) => (books.reasons().length === 0 ? say('again\n') : undefined)
  },
  'linger, half-closed': {
    reason: 'linger_timeout',
    ms: 30_000,
    handler: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    first: async ({ client, peer }) => {
      client.end()
      if (peer.remote.host !== undefined) for (let turns = 0; turns < 20; turns++) await turn()
    }
  },
  drain: {
    reason: 'drain_timeout',
    ms: 15_000,
    handler: () => never,
    first: ({ service }) => void service.stop()
  }
}

for (const way of Object.keys(lines)) {
  for (const [what, { reason, ms, handler, limits = {}, options = {}, deaf, first, meanwhile }] of Object.entries(
    deadlines
  )) {
    if (what.startsWith('linger') && way === 'memory') continue
    test(`${way}: ${what}: ${reason} after ${ms} ms`, async (t) => {
      const stage = await begin(t, way, handler, limits, options)
      if (deaf !== true) stage.client.read()
      await first?.(stage)
      const took = await untilClosed(stage, ms, () => !stage.peer.dead && meanwhile?.(stage))
      assert.deepEqual(stage.books.reasons(), [reason])
      assertKept(took, ms)
    })
  }
}

test('a busy event loop: timers that come late make no round longer than a few of them', () => {
  let time = 0
  let tick = (): void => {}
  const clock = {
    now: () => time,
    after: (_: number, run: () => void) => {
      tick = run
      return { cancel: () => {} }
    }
  }
  const looks = new Map(Array.from({ length: 100 }, (_, index) => [index, 0]))
  const rounds = new Rounds(clock, 1000, new Set(looks.keys()), (one) => looks.set(one, (looks.get(one) ?? 0) + 1))
  rounds.start()
  // Due every 8 ms, it comes every 100.
  for (let ticks = 0; ticks < 4; ticks++) {
    time += 100
    tick()
  }
  assert.ok(Math.min(...looks.values()) >= 2, `${Math.min(...looks.values())} looks at one of them in 400 ms`)
})
