/**
 * The bounded channel: what goes in comes out, in order, once, pulled or driven, whatever is slow.
 */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { InUseError, InvalidOptionError, QueueFullError } from '../../lib/errors.ts'
import { type Channel, type ChannelPolicy, channel } from '../../lib/stream/channel.ts'
import { map } from '../../lib/stream/map.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import { turnIsOver } from '../../lib/stream/turn.ts'
import { memoryPair } from '../../lib/transport/memory.ts'
import { runs } from '../laws/settings.ts'
import { drive, isSettled, Probe, pull, type Seen, settles, turn } from './support.ts'

type Dropping = Exclude<ChannelPolicy, 'block'>
const readers = { pulled: pull, driven: drive }

for (const [how, read] of Object.entries(readers)) {
  test(`push, push, end in one tick, then ${how}: nothing is lost, and the end comes behind the last batch`, async () => {
    const numbers = channel<number>()
    numbers.push([1])
    numbers.push([2, 3])
    numbers.end()
    assert.deepEqual(await read(numbers), { items: [1, 2, 3], fault: undefined })
  })

  test(`${how}: a fault comes behind what was pushed before it, and only the first outcome counts`, async () => {
    const numbers = channel<number>()
    const fault = new Error('lost')
    numbers.push([1, 2])
    numbers.fail(fault)
    numbers.end()
    numbers.fail(new Error('too late'))
    assert.deepEqual(await read(numbers), { items: [1, 2], fault })
  })

  test(`${how}: pushes that waited for room when the channel ended are delivered too`, async () => {
    const numbers = channel<number>({ capacity: 1, policy: 'block' })
    const pushes = [numbers.push([1]), numbers.push([2]), numbers.push([3])]
    numbers.end()
    const late = numbers.push([4])
    assert.deepEqual(await read(numbers), { items: [1, 2, 3], fault: undefined })
    assert.deepEqual(await Promise.all([...pushes, late]), [true, true, true, false])
  })

  test(`${how}: a second reader gets an InUseError and disturbs nothing`, async () => {
    const numbers = channel<number>()
    const first = read(numbers)
    assert.ok((await pull(numbers)).fault instanceof InUseError)
    assert.throws(() => new Probe<number>().start(numbers), InUseError)
    await numbers[Symbol.asyncIterator]().return?.()
    assert.equal(numbers.push([7]), true)
    numbers.end()
    assert.deepEqual(await first, { items: [7], fault: undefined })
  })

  test(`${how}: an endless producer that is always awaited lets the event loop turn`, async () => {
    const numbers = channel<number>({ policy: 'block' })
    const done = read(
      pipe(
        numbers,
        map((n) => n + 1)
      )
    ).catch(() => undefined)
    let turned = false
    setImmediate(() =>
      setImmediate(() => {
        turned = true
      })
    )
    let pushes = 0
    while (!turned && pushes < 500_000) {
      await numbers.push([pushes])
      pushes += 1
    }
    numbers.end()
    assert.ok(turned, `${pushes} pushes and not one turn of the loop`)
    assert.equal((await done)?.items.length, pushes)
  })
}

test('the last batch and the end are two results; after the end there is only the end', async () => {
  const numbers = channel<number>()
  const iterator = numbers[Symbol.asyncIterator]()
  numbers.push([1])
  numbers.end()
  assert.deepEqual(await iterator.next(), { done: false, value: [1] })
  assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  assert.deepEqual(await iterator.next(), { done: true, value: undefined })
})

test('several next() at once are answered in their order, a fault once', async () => {
  const numbers = channel<number>()
  const iterator = numbers[Symbol.asyncIterator]()
  const asked = [iterator.next(), iterator.next(), iterator.next(), iterator.next()]
  numbers.push([1])
  await turn()
  numbers.push([2])
  numbers.fail(new Error('lost'))
  const results = await settles(Promise.allSettled(asked))
  assert.deepEqual(
    results.map((result) => (result.status === 'rejected' ? result.reason.message : (result.value.value ?? 'done'))),
    [[1], [2], 'lost', 'done']
  )
})

test('empty batches are skipped and take up no room', async () => {
  const numbers = channel<number>({ capacity: 1 })
  for (let count = 0; count < 5; count++) assert.equal(numbers.push([]), true)
  numbers.push([1])
  numbers.end()
  assert.equal(numbers.push([]), false)
  assert.deepEqual(await drive(numbers), { items: [1], fault: undefined })
})

test('strict: a push too many throws and leaves the channel as it was', async () => {
  const numbers = channel<number>({ capacity: 2 })
  numbers.push([1])
  numbers.push([2])
  assert.throws(() => numbers.push([3]), new QueueFullError(2))
  numbers.end()
  assert.deepEqual(await pull(numbers), { items: [1, 2], fault: undefined })
})

test('options are checked', () => {
  assert.throws(() => channel({ capacity: 0 }), InvalidOptionError)
  assert.throws(() => channel({ capacity: 1.5 }), InvalidOptionError)
  assert.throws(() => channel({ policy: 'latest' as Dropping }), /policy is "latest": expected one of strict, block/)
})

test('a push never runs the code of the reader, not even one that pushes from inside a batch', async () => {
  const numbers = channel<number>()
  const probe = new Probe<number>()
  let inside = false
  probe.onBatch = ([first]) => {
    assert.ok(!inside, 'a batch inside a batch')
    inside = true
    if (first! < 3) numbers.push([first! + 1])
    else numbers.end()
    inside = false
  }
  probe.start(numbers)
  numbers.push([0])
  assert.deepEqual(probe.items, [])
  await settles(probe.over)
  assert.deepEqual(probe.seen(), { items: [0, 1, 2, 3], fault: undefined })
})

test('a reader that drops does not wait for the next turn of the loop, however long this one was', async () => {
  for (const policy of ['strict', 'drop-oldest', 'drop-newest'] as const) {
    const numbers = channel<number>({ capacity: 1, policy })
    const probe = new Probe<number>().start(numbers)
    for (let item = 0; item < 5; item++) {
      while (!turnIsOver());
      numbers.push([item])
      await Promise.resolve()
    }
    assert.deepEqual([probe.seen().items, numbers.dropped], [[0, 1, 2, 3, 4], 0])
  }
})

test('what waits goes out as one batch', async () => {
  const probe = new Probe<number>()
  const numbers = channel<number>()
  probe.start(numbers)
  numbers.push([1])
  numbers.push([2, 3])
  await turn()
  assert.deepEqual(probe.batches, [[1, 2, 3]])
})

test('paused, nothing is delivered, neither batch nor end; resume goes on', async () => {
  const numbers = channel<number>()
  const probe = new Probe<number>().start(numbers)
  numbers.push([1])
  probe.pause()
  numbers.end()
  await turn()
  assert.deepEqual([probe.batches, probe.outcome], [[], undefined])
  probe.onBatch = () => probe.pause()
  probe.resume()
  await turn()
  assert.deepEqual([probe.batches, probe.outcome], [[[1]], undefined])
  probe.resume()
  await settles(probe.over)
  assert.deepEqual(probe.seen(), { items: [1], fault: undefined })
})

test('after cancel() nothing comes, what waits is forgotten, and pushes are told', async () => {
  const numbers = channel<number>({ capacity: 1, policy: 'block' })
  const probe = new Probe<number>().start(numbers)
  probe.onBatch = () => probe.cancel()
  const pushes = [numbers.push([1]), numbers.push([2]), numbers.push([3])]
  assert.deepEqual(await settles(Promise.all(pushes)), [true, true, false])
  assert.equal(await numbers.push([4]), false)
  numbers.fail(new Error('nobody hears it'))
  await turn()
  assert.deepEqual([probe.seen().items, probe.outcome], [[1], undefined])
})

test('return() settles a next() that waits; before the first next() it tells the pushing side too', async () => {
  const waiting = channel<number>()
  const iterator = waiting[Symbol.asyncIterator]()
  const next = iterator.next()
  assert.deepEqual(await iterator.return?.(), { done: true, value: undefined })
  assert.deepEqual(await settles(next), { done: true, value: undefined })
  assert.equal(waiting.push([1]), false)

  const unread = channel<number>({ capacity: 1, policy: 'block' })
  const pushes = [unread.push([1]), unread.push([2])]
  const early = unread[Symbol.asyncIterator]()
  await early.return?.()
  assert.deepEqual(await settles(Promise.all(pushes)), [true, false])
  assert.deepEqual(await early.next(), { done: true, value: undefined })
})

test('a signal takes a waiting push back and leaves no listener behind', async () => {
  const numbers = channel<number>({ capacity: 1, policy: 'block' })
  const controller = new AbortController()
  const { signal } = controller
  const first = numbers.push([1], { signal })
  const second = numbers.push([2], { signal: new AbortController().signal })
  const third = numbers.push([3], { signal })
  const fourth = numbers.push([4])
  const reason = new Error('no longer wanted')
  controller.abort(reason)
  await assert.rejects(third, reason)
  await assert.rejects(numbers.push([5], { signal }), reason)
  numbers.end()
  assert.deepEqual(await pull(numbers), { items: [1, 2, 4], fault: undefined })
  assert.deepEqual(await Promise.all([first, second, fourth]), [true, true, true])

  const other = channel<number>({ capacity: 1, policy: 'block' })
  const kept = new AbortController().signal
  other.push([1])
  const waiting = other.push([2], { signal: kept })
  assert.equal(getEventListeners(kept, 'abort').length, 1)
  assert.equal(await isSettled(waiting), false)
  await other[Symbol.asyncIterator]().next()
  assert.equal(await settles(waiting), true)
  assert.equal(getEventListeners(kept, 'abort').length, 0)
})

test('it drives the sink of a connection, and a peer that does not read holds back who pushes', async () => {
  const chunks = channel<Uint8Array>({ capacity: 2, policy: 'block' })
  const [client, server] = memoryPair({ highWaterBytes: 4 })
  const sent = server.sink(chunks)
  let pushed = 0
  const pushes = (async () => {
    for (let n = 0; n < 20; n++) {
      await chunks.push([Uint8Array.of(n, n)])
      pushed += 1
    }
    chunks.end()
  })()
  assert.equal(await isSettled(pushes), false)
  const stalledAt = pushed
  for (let turns = 0; turns < 20; turns++) await turn()
  assert.ok(pushed === stalledAt && pushed < 10, `${pushed} pushes, and nobody reads`)
  const { items } = await settles(pull(client.source))
  await settles(Promise.all([pushes, sent]))
  assert.deepEqual(
    [...Buffer.concat(items)],
    Array.from({ length: 40 }, (_, index) => index >> 1)
  )
})

/** One thing that happens to a channel: a push of so many items, a read, an outcome. */
const programs = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ push: fc.integer({ min: 0, max: 3 }) }) },
    { weight: 2, arbitrary: fc.constant('read' as const) }
  ),
  { maxLength: 40 }
)
type Program = typeof programs extends fc.Arbitrary<infer P> ? P : never

interface Report {
  reads: number[][]
  dropped: number
  full: number
  rest: Seen<number>
}

/** The slow and obvious channel. */
function model(program: Program, capacity: number, policy: Dropping): Report {
  let queue: number[][] = []
  const report: Report = { reads: [], dropped: 0, full: 0, rest: { items: [], fault: undefined } }
  let item = 0
  for (const action of program) {
    if (action === 'read') {
      if (queue.length > 0) report.reads.push(queue.flat())
      queue = []
      continue
    }
    const batch = Array.from({ length: action.push }, () => item++)
    if (batch.length === 0) continue
    if (queue.length < capacity) queue.push(batch)
    else if (policy === 'strict') report.full++
    else if (policy === 'drop-newest') report.dropped += batch.length
    else {
      report.dropped += queue.shift()!.length
      queue.push(batch)
    }
  }
  report.rest.items = queue.flat()
  return report
}

async function run(how: string, program: Program, numbers: Channel<number>): Promise<Report> {
  const report: Report = { reads: [], dropped: 0, full: 0, rest: { items: [], fault: undefined } }
  const probe = new Probe<number>()
  const iterator = numbers[Symbol.asyncIterator]()
  probe.onBatch = () => probe.pause()
  let item = 0
  let waiting = 0
  for (const action of program) {
    if (action === 'read') {
      if (waiting === 0) continue
      waiting = 0
      if (how === 'pulled') report.reads.push((await iterator.next()).value)
      else {
        if (report.reads.length === 0) probe.start(numbers)
        else probe.resume()
        await turn()
        report.reads.push(probe.batches.at(-1)!)
      }
      continue
    }
    const batch = Array.from({ length: action.push }, () => item++)
    waiting += batch.length
    try {
      numbers.push(batch)
    } catch (error) {
      assert.ok(error instanceof QueueFullError)
      report.full++
    }
  }
  numbers.end()
  if (how === 'pulled') report.rest = await settles(pull({ [Symbol.asyncIterator]: () => iterator }))
  else {
    const before = probe.items.length
    probe.onBatch = undefined
    if (report.reads.length === 0) probe.start(numbers)
    else probe.resume()
    await settles(probe.over)
    report.rest = { ...probe.seen(), items: probe.items.slice(before) }
  }
  report.dropped = numbers.dropped
  return report
}

test('strict and dropping, pulled and driven: exactly what a slow and obvious model says', async () => {
  const policies = fc.constantFrom<Dropping>('strict', 'drop-oldest', 'drop-newest')
  await fc.assert(
    fc.asyncProperty(programs, fc.integer({ min: 1, max: 4 }), policies, async (program, capacity, policy) => {
      const expected = model(program, capacity, policy)
      assert.deepEqual(await run('pulled', program, channel({ capacity, policy })), expected)
      assert.deepEqual(await run('driven', program, channel({ capacity, policy })), expected)
      if (policy === 'strict') return
      const pushed = program.reduce((sum, action) => sum + (action === 'read' ? 0 : action.push), 0)
      const read = expected.reads.flat().length + expected.rest.items.length
      assert.equal(pushed, read + expected.dropped, 'pushed = read + dropped')
    }),
    runs(400)
  )
})

interface Piece {
  producer: number
  batch: number
  item: number
}

/** Producers that push at any time, with batches of the given sizes, and end the channel when all are through. */
function produce(s: fc.Scheduler, sizes: number[][], push: (batch: Piece[]) => boolean | Promise<boolean>) {
  return Promise.all(
    sizes.map(async (batches, producer) => {
      for (const [batch, size] of batches.entries()) {
        await s.schedule(Promise.resolve(), `producer ${producer} pushes ${batch}`)
        await push(Array.from({ length: size }, (_, item) => ({ producer, batch, item })))
      }
    })
  )
}

const producers = fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }), { minLength: 1, maxLength: 3 })

function pieces(sizes: number[][], producer: number): Piece[] {
  return sizes[producer]!.flatMap((size, batch) =>
    Array.from({ length: size }, (_, item) => ({ producer, batch, item }))
  )
}

test('block, any interleaving of producers and reader: nothing lost, doubled, out of order or above capacity', async () => {
  const capacities = fc.integer({ min: 1, max: 3 })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), producers, capacities, fc.boolean(), async (s, sizes, capacity, pulled) => {
      const pieceChannel = channel<Piece>({ capacity, policy: 'block' })
      let taken = 0
      let read = 0
      const seen: Piece[] = []
      const see = (batch: Piece[]): void => {
        seen.push(...batch)
        read += batch.filter(({ item }) => item === 0).length
      }
      const produced = produce(s, sizes, async (batch) => {
        const open = await pieceChannel.push(batch)
        taken += 1
        // A delivery on its way through the promise of a `next()` was taken and is not seen yet.
        const bound = pulled ? 2 * capacity : capacity
        assert.ok(taken - read <= bound, `${taken} batches taken, ${read} read, capacity ${capacity}`)
        return open
      }).then(() => pieceChannel.end())
      const consumed = pulled ? pulls(s, pieceChannel, see) : drives(s, pieceChannel, see)
      await settles(Promise.all([produced, consumed]), s)
      for (const producer of sizes.keys()) {
        assert.deepEqual(
          seen.filter((piece) => piece.producer === producer),
          pieces(sizes, producer)
        )
      }
      assert.equal(
        seen.length,
        sizes.flat().reduce((sum, size) => sum + size, 0)
      )
    }),
    runs(400)
  )
})

async function pulls<T>(s: fc.Scheduler, source: AsyncIterable<T[]>, see: (batch: T[]) => void): Promise<void> {
  await s.schedule(Promise.resolve(), 'the reader begins')
  for await (const batch of source) {
    see(batch)
    await s.schedule(Promise.resolve(), 'the reader asks for more')
  }
}

/** Drives, and pauses and resumes at any time, also from inside a batch. */
async function drives<T>(s: fc.Scheduler, source: AsyncIterable<T[]>, see: (batch: T[]) => void): Promise<void> {
  await s.schedule(Promise.resolve(), 'the reader begins')
  const probe = new Probe<T>()
  probe.onBatch = (batch) => {
    see(batch)
    probe.pause()
    s.schedule(Promise.resolve(), 'the reader resumes').then(() => probe.resume())
  }
  probe.start(source)
  const meddle = async (): Promise<void> => {
    for (let times = 0; times < 3 && probe.outcome === undefined; times++) {
      await s.schedule(Promise.resolve(), 'the reader pauses')
      probe.pause()
      await s.schedule(Promise.resolve(), 'the reader resumes again')
      probe.resume()
    }
  }
  await Promise.all([probe.over, meddle()])
  assert.deepEqual(probe.seen().fault, undefined)
}

test('block, with a reader that leaves and pushes that are taken back at any time: every push settles and tells the truth', async () => {
  const leaves = fc.integer({ min: 0, max: 8 })
  const aborts = fc.array(fc.boolean(), { minLength: 18, maxLength: 18 })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), producers, leaves, aborts, async (s, sizes, leave, aborted) => {
      const pieceChannel = channel<Piece>({ capacity: 2, policy: 'block' })
      const told = new Map<string, string>()
      let index = 0
      let left = false
      const produced = produce(s, sizes, async (batch) => {
        const name = `${batch[0]!.producer}.${batch[0]!.batch}`
        const controller = new AbortController()
        if (aborted[index++]) s.schedule(Promise.resolve(), `abort ${name}`).then(() => controller.abort(name))
        const push = pieceChannel.push(batch, controller)
        const answer = await push.then(String, (reason: unknown) => `taken back ${reason}`)
        if (answer === 'false') assert.ok(left, 'a push was told that the reader left, and it had not')
        told.set(name, answer)
        return true
      }).then(() => pieceChannel.end())
      const seen: string[] = []
      const consumed = (async () => {
        let reads = 0
        const iterator = pieceChannel[Symbol.asyncIterator]()
        while (reads++ < leave) {
          await s.schedule(Promise.resolve(), 'read')
          const { done, value } = await iterator.next()
          if (done === true) return
          for (const { producer, batch, item } of value) if (item === 0) seen.push(`${producer}.${batch}`)
        }
        left = true
        await iterator.return?.()
      })()
      await settles(Promise.all([produced, consumed]), s)
      assert.equal(told.size, sizes.flat().length)
      assert.equal(new Set(seen).size, seen.length, 'a batch was read twice')
      for (const name of seen) assert.equal(told.get(name), 'true', `${name} was read`)
      for (const [name, answer] of told) {
        if (answer.startsWith('taken back')) assert.equal(answer, `taken back ${name}`)
        if (answer === 'true' && !left) assert.ok(seen.includes(name), `${name} was taken and never read`)
      }
    }),
    runs(300)
  )
})
