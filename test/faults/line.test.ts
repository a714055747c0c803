/**
 * Each fault to the byte and the millisecond, on a clock that stands still until it is told to go on, over memory pairs.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Faults, type FaultsOptions, faults } from 'it-serve/faults'
import { fakeClock } from 'it-serve/laws'
import {
  batched,
  type Connection,
  ConnectionResetError,
  channel,
  collect,
  InvalidOptionError,
  memoryPair,
  pipe,
  type Source
} from '../../lib/index.ts'
import { assertSame, pattern } from '../support/raw.ts'
import { turn, within } from '../support/wait.ts'

const clock = fakeClock()

/** A millisecond at a time, with the turns between that a memory pair takes to hand bytes over. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed <= ms; passed++) {
    if (passed > 0) await clock.advance(1)
    for (let turns = 0; turns < 4; turns++) await turn()
  }
}

/** What came, when, and how it ended. */
interface Arrivals {
  readonly pieces: [ms: number, bytes: number][]
  readonly chunks: Uint8Array[]
  how: 'end' | 'reset' | 'nothing'
  at: number
}

/** Reads all the time, and notes the time since the call. */
function arrivals(source: Source<Uint8Array>): Arrivals {
  const from = clock.now()
  const seen: Arrivals = { pieces: [], chunks: [], how: 'nothing', at: -1 }
  const over = (how: 'end' | 'reset'): void => {
    seen.how = how
    seen.at = clock.now() - from
  }
  void (async () => {
    for await (const batch of source) {
      for (const bytes of batch) {
        seen.pieces.push([clock.now() - from, bytes.byteLength])
        seen.chunks.push(bytes)
      }
    }
  })().then(
    () => over('end'),
    (error: unknown) => {
      assert.ok(error instanceof ConnectionResetError, String(error))
      over('reset')
    }
  )
  return seen
}

/** Sends through a bad line to the other end of a memory pair; as there, a fault of the stream is a reset. */
function sendThrough(t: TestContext, wanted: Faults, source: Source<Uint8Array>, seed = 1): Arrivals {
  const [client, server] = memoryPair()
  t.after(() => client.abort())
  client.sink(faults({ ...wanted, clock, seed })(source)).catch((error: unknown) => client.abort(error))
  return arrivals(server.source)
}

const all = (seen: Arrivals): Buffer => Buffer.concat(seen.chunks)

test('latency: every byte and the end come exactly so much later, and not one after the other', async (t) => {
  const sender = channel<Uint8Array>({ policy: 'strict' })
  const seen = sendThrough(t, { latencyMs: 100 }, sender)
  sender.push([pattern(3)])
  await pass(40)
  sender.push([pattern(5)])
  sender.end()
  await pass(59)
  assert.deepEqual(seen.pieces, [])
  await pass(1)
  assert.deepEqual(seen.pieces, [[100, 3]])
  await pass(40)
  assert.deepEqual(
    [seen.pieces, seen.how, seen.at],
    [
      [
        [100, 3],
        [140, 5]
      ],
      'end',
      140
    ]
  )
})

test('a rate: bytes drip, each in its time, and no sooner for having been sent at once', async (t) => {
  const seen = sendThrough(t, { bytesPerSecond: 1000 }, batched([pattern(25)]))
  await pass(9)
  assert.deepEqual(seen.pieces, [])
  await pass(16)
  assert.deepEqual(
    [seen.pieces, seen.how, seen.at],
    [
      [
        [10, 10],
        [20, 10],
        [25, 5]
      ],
      'end',
      25
    ]
  )
  const slow = sendThrough(t, { bytesPerSecond: 4 }, batched([pattern(2)]))
  await pass(1000)
  assert.deepEqual(slow.pieces, [
    [250, 1],
    [500, 1]
  ])
})

test('a rate does not save up what was not used', async (t) => {
  const sender = channel<Uint8Array>({ policy: 'strict' })
  const seen = sendThrough(t, { bytesPerSecond: 1000 }, sender)
  await pass(1000)
  sender.push([pattern(10)])
  await pass(10)
  assert.deepEqual(seen.pieces, [[1010, 10]])
})

test('jitter: within its bounds, never the same for long, and never out of order', async (t) => {
  const sender = channel<Uint8Array>({ policy: 'strict', capacity: 100 })
  const seen = sendThrough(t, { latencyMs: 50, jitterMs: 20 }, sender)
  for (let sent = 0; sent < 60; sent++) {
    sender.push([pattern(600).subarray(sent * 10, sent * 10 + 10)])
    await pass(5)
  }
  sender.end()
  await pass(70)
  assert.equal(seen.how, 'end')
  assertSame(all(seen), pattern(600))
  const delays = seen.pieces.map(([ms], index) => ms - index * 5)
  assert.equal(delays.length, 60)
  for (const ms of delays) assert.ok(ms >= 50 && ms <= 70, String(ms))
  assert.ok(new Set(delays).size > 8, String(delays))
})

test('slices: pieces of so many bytes; a range is drawn from for each', async () => {
  const cut = async (sliceBytes: NonNullable<Faults['sliceBytes']>): Promise<number[]> => {
    const chunks = await pipe(batched([pattern(100), pattern(7)]), faults({ sliceBytes, seed: 3 }), collect())
    assertSame(Buffer.concat(chunks), Buffer.concat([pattern(100), pattern(7)]))
    return chunks.map((bytes) => bytes.byteLength)
  }
  assert.deepEqual(await cut(40), [40, 40, 20, 7])
  const drawn = await cut({ between: [1, 9] })
  assert.ok(drawn.every((bytes) => bytes >= 1 && bytes <= 9))
  assert.ok(new Set(drawn).size > 4, String(drawn))
})

test('1 MiB in slices of one byte arrives whole, and every slice is one byte', async () => {
  const sent = pattern(2 ** 20)
  const seen = Buffer.alloc(sent.length)
  let count = 0
  for await (const batch of pipe(batched([sent]), faults({ sliceBytes: 1 }))) {
    for (const bytes of batch) {
      assert.equal(bytes.byteLength, 1)
      seen[count++] = bytes[0] as number
    }
  }
  assert.equal(count, sent.length)
  assertSame(seen, sent)
})

test('a flipped bit: that one and no other, wherever chunks begin; what was sent stays as it is', async () => {
  const sent = pattern(30)
  for (let at = 0; at < 30; at++) {
    for (const bit of [0, 7]) {
      const flip = faults({ flipBit: { at, bit } })
      const chunks = [sent.subarray(0, 10), sent.subarray(10, 11), sent.subarray(11)]
      const got = Buffer.concat(await pipe(batched(chunks), flip, collect()))
      const wanted = Buffer.from(sent)
      wanted[at] = (wanted[at] as number) ^ (1 << bit)
      assertSame(got, wanted)
      assert.equal(flip.stats.bitsFlipped, 1)
    }
  }
  assertSame(sent, pattern(30))
  const behindTheEnd = faults({ flipBit: { at: 30 } })
  assertSame(Buffer.concat(await pipe(batched([sent]), behindTheEnd, collect())), sent)
  assert.equal(behindTheEnd.stats.bitsFlipped, 0)
})

for (const how of ['end', 'reset', 'silence'] as const) {
  test(`a cut, ${how}: at every byte of a message exactly those in front of it come`, async (t) => {
    const sent = pattern(12)
    for (let at = 0; at <= 12; at++) {
      const sender = channel<Uint8Array>({ policy: 'strict' })
      const seen = sendThrough(t, { cut: { at, how }, latencyMs: 10 }, sender)
      sender.push([sent.subarray(0, 5), sent.subarray(5)])
      await pass(20)
      assertSame(all(seen), sent.subarray(0, at))
      // The sender has not ended: what ends here is the cut.
      assert.equal(seen.how, how === 'silence' ? 'nothing' : how, `behind ${at} bytes`)
      sender.end()
      await pass(100)
      assert.equal(seen.how, how === 'silence' ? 'nothing' : how)
    }
  })
}

test('behind a cut that is an end or silence the sender sends on, and its bytes are counted', async () => {
  for (const how of ['end', 'silence'] as const) {
    const bad = faults({ cut: { at: 1000, how } })
    const sender = channel<Uint8Array>({ policy: 'block', capacity: 1 })
    const got = bad(sender)[Symbol.asyncIterator]()
    const first = got.next()
    for (let sent = 0; sent < 100; sent++) assert.equal(await sender.push([pattern(1000)]), true)
    assert.equal((await first).value?.[0]?.byteLength, 1000)
    while (bad.stats.bytesIn < 100_000) await turn()
    assert.deepEqual(
      { ...bad.stats },
      { bytesIn: 100_000, bytesOut: 1000, bitsFlipped: 0, cuts: { ...noCuts, [how]: 1 } }
    )
    await got.return?.()
    sender.end()
  }
})
const noCuts = { end: 0, reset: 0, silence: 0 }

test('without a fault nothing changes: bytes, end, and a fault of the sender behind them', async (t) => {
  const sent = pattern(300_000)
  assertSame(Buffer.concat(await pipe(batched([sent, new Uint8Array(0)]), faults({}), collect())), sent)
  async function* failing(): AsyncGenerator<Uint8Array[]> {
    yield [pattern(10)]
    throw new ConnectionResetError(undefined)
  }
  const seen = sendThrough(t, { latencyMs: 30 }, failing())
  await pass(29)
  assert.deepEqual([seen.pieces, seen.how], [[], 'nothing'])
  await pass(1)
  assert.deepEqual([all(seen).length, seen.how, seen.at], [10, 'reset', 30])
})

test('the sender waits when the window is full, and goes on when there is room', async () => {
  let made = 0
  async function* endless(): AsyncGenerator<Uint8Array[]> {
    for (;;) {
      made += 1000
      yield [pattern(1000)]
    }
  }
  const reader = faults({ latencyMs: 100, windowBytes: 10_000, clock })(endless())[Symbol.asyncIterator]()
  const first = reader.next()
  await pass(99)
  assert.equal(made, 10_000)
  await pass(1)
  assert.equal((await first).value?.[0]?.byteLength, 1000)
  for (let read = 0; read < 50; read++) {
    const next = reader.next()
    await pass(100)
    await next
    assert.ok(made <= 51_000 + 10_000 + 1000, `${made} bytes made, ${(read + 2) * 1000} read`)
  }
  await reader.return?.()
})

test('a sink that has no room is not written to', async (t) => {
  const [client, server] = memoryPair({ highWaterBytes: 1000 })
  t.after(() => client.abort())
  let made = 0
  async function* endless(): AsyncGenerator<Uint8Array[]> {
    for (; made < 10_000_000; made += 500) yield [pattern(500)]
  }
  const bad = faults({ windowBytes: 2000, sliceBytes: 100 })
  client.sink(bad(endless())).catch(() => {})
  for (let waited = 0; waited < 50; waited++) await turn()
  // One more in the hands of each of the two: the line's reader and the writer.
  assert.ok(made <= 1000 + 2000 + 1000, `${made} bytes were made`)
  const reading = server.source[Symbol.asyncIterator]()
  for (let read = 0; read < 20_000; ) read += sizeOf((await reading.next()).value)
  assert.ok(made >= 20_000)
})

test('the same seed, the same faults; another seed or stream, others', async () => {
  const run = async (seed: number): Promise<string> => {
    const options: FaultsOptions = {
      seed,
      sliceBytes: { between: [1, 50] },
      cut: { at: { between: [0, 5000] }, how: 'end' },
      flipBit: { at: { between: [0, 500] } }
    }
    const bad = faults(options)
    const runs = [0, 1, 2].map(() => pipe(batched([pattern(4000)]), bad, collect()))
    return JSON.stringify(
      (await Promise.all(runs)).map((chunks) => chunks.map((bytes) => Buffer.from(bytes).toString('hex')))
    )
  }
  const [one, again, other] = [await run(7), await run(7), await run(8)]
  assert.equal(one, again)
  assert.notEqual(one, other)
  const [first, second] = JSON.parse(one) as [string[], string[]]
  assert.notDeepEqual(first, second)
})

test('where a cut or a flipped bit stands does not depend on how the bytes come', async () => {
  const options: Faults = { cut: { at: { between: [0, 200] }, how: 'end' }, flipBit: { at: { between: [0, 200] } } }
  for (let seed = 0; seed < 50; seed++) {
    const whole = await pipe(batched([pattern(300)]), faults({ ...options, seed }), collect())
    const parts = Array.from({ length: 100 }, (_, index) => pattern(300).subarray(index * 3, index * 3 + 3))
    const pieces = await pipe(batched(parts), faults({ ...options, seed }), collect())
    assertSame(Buffer.concat(pieces), Buffer.concat(whole))
  }
})

test('a reader that leaves cancels the timer and the sender', async () => {
  let left = false
  async function* sender(): AsyncGenerator<Uint8Array[]> {
    try {
      yield [pattern(10)]
      yield [pattern(10)]
    } finally {
      left = true
    }
  }
  const reader = faults({ latencyMs: 1000, windowBytes: 10, clock })(sender())[Symbol.asyncIterator]()
  const next = reader.next()
  await turn()
  assert.equal(clock.pending, 1)
  await reader.return?.()
  assert.deepEqual(await next, { done: true, value: undefined })
  assert.equal(clock.pending, 0)
  assert.ok(left)
})

const wrong: [option: string, faults: Faults][] = [
  ['latencyMs', { latencyMs: -1 }],
  ['jitterMs', { jitterMs: Number.NaN }],
  ['bytesPerSecond', { bytesPerSecond: 0 }],
  ['sliceBytes', { sliceBytes: 0 }],
  ['sliceBytes', { sliceBytes: { between: [5, 4] } }],
  ['windowBytes', { windowBytes: 0 }],
  ['cut.at', { cut: { at: -1 } }],
  ['cut.how', { cut: { at: 1, how: 'softly' as 'end' } }],
  ['flipBit.at', { flipBit: { at: 1.5 } }],
  ['flipBit.bit', { flipBit: { at: 1, bit: 8 } }]
]

test('faults that cannot be are refused by name, before any stream', () => {
  for (const [option, bad] of wrong) {
    assert.throws(
      () => faults(bad),
      (error) => error instanceof InvalidOptionError && error.option === option,
      option
    )
  }
})

test('both ways of a conversation over a memory pair', async (t) => {
  const [client, server] = memoryPair()
  t.after(() => client.abort())
  const answering = pipe(server, faults({ latencyMs: 20, clock }), server as Connection)
  const answer = within(
    pipe(batched([pattern(5000)]), faults({ latencyMs: 30, sliceBytes: 7, clock }), client, collect()),
    'the echo'
  )
  await pass(50)
  assertSame(Buffer.concat(await answer), pattern(5000))
  await answering
})

function sizeOf(batch: Uint8Array[] | undefined): number {
  return (batch ?? []).reduce((sum, bytes) => sum + bytes.byteLength, 0)
}
