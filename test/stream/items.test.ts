/**
 * items: per-item transforms of the it-* world give the same items as alone, in batches, and lose nothing.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as lp from 'it-length-prefixed'
import { AbortedError, InUseError } from '../../lib/errors.ts'
import { batched } from '../../lib/stream/batched.ts'
import { collect } from '../../lib/stream/collect.ts'
import { drain } from '../../lib/stream/drain.ts'
import { type ItemTransform, items } from '../../lib/stream/items.ts'
import { map } from '../../lib/stream/map.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import { take } from '../../lib/stream/take.ts'
import { runs } from '../laws/settings.ts'
import { cutBatches, cuts, Deferred, isSettled, pull, Scripted, settles, turn } from './support.ts'

test('it-length-prefixed: encode and decode give back every frame, however the bytes are cut', async () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(frames, cuts, fc.integer({ min: 1, max: 64 }), async (sent, sizes, chunk) => {
      const encoded = await pipe(batched(sent), items(lp.encode), collect())
      const bytes = Buffer.concat(encoded)
      assert.deepEqual(bytes, Buffer.concat([...lp.encode(sent)].map((part) => part.subarray())))
      const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, index) =>
        bytes.subarray(index * chunk, (index + 1) * chunk)
      )
      const source = new Scripted<Uint8Array>(cutBatches(chunks, sizes))
      const decoded = await pipe(
        source,
        items((one) => lp.decode(one, { maxDataLength: 300 })),
        map((frame) => Buffer.from(frame.subarray())),
        collect()
      )
      assert.deepEqual(
        decoded,
        sent.map((frame) => Buffer.from(frame))
      )
    }),
    runs(150)
  )
})

test('it-length-prefixed: good frames come before the fault of a stream that is cut off', async () => {
  const bytes = Buffer.concat([...lp.encode([Uint8Array.of(1, 2), Uint8Array.of(3, 4)])].map((part) => part.subarray()))
  const seen = await pull(items(lp.decode)(batched([bytes.subarray(0, -1)])))
  assert.deepEqual(
    seen.items.map((frame) => [...frame.subarray()]),
    [[1, 2]]
  )
  assert.equal((seen.fault as Error).name, 'UnexpectedEOFError')
})

/** Per-item transforms of every manner: one to one, to none, to many, holding back, ending early, reading ahead, slow. */
const inner: Record<string, ItemTransform<number, number>> = {
  same: (source) => source,
  async *odd(source) {
    for await (const item of source) if (item % 2 === 1) yield item
  },
  async *thrice(source) {
    for await (const item of source) yield* [item, item, item]
  },
  async *sums(source) {
    let sum = 0
    for await (const item of source) {
      sum += item
      if (sum > 9) yield sum
      if (sum > 9) sum = 0
    }
    yield sum
  },
  async *firstFour(source) {
    let left = 4
    for await (const item of source) {
      yield item
      if (--left === 0) return
    }
  },
  async *readsAhead(source) {
    const iterator = source[Symbol.asyncIterator]()
    let next = iterator.next()
    while (true) {
      const { done, value } = await next
      if (done === true) return
      next = iterator.next()
      yield value
    }
  },
  async *asksForTwo(source) {
    const iterator = source[Symbol.asyncIterator]()
    while (true) {
      const both = await Promise.all([iterator.next(), iterator.next()])
      for (const { done, value } of both) {
        if (done === true) return
        yield value
      }
    }
  },
  async *slow(source) {
    for await (const item of source) {
      await turn()
      yield item
    }
  },
  async *throwsAtSeven(source) {
    for await (const item of source) {
      if (item === 7) throw new Error('seven')
      yield item
    }
  },
  async *throwsByHand(source) {
    const iterator = source[Symbol.asyncIterator]()
    for (let result = await iterator.next(); result.done !== true; result = await iterator.next()) {
      if (result.value === 7) throw new Error('seven')
      yield result.value
    }
  },
  async *endsByHand(source) {
    const iterator = source[Symbol.asyncIterator]()
    for (let result = await iterator.next(); result.done !== true; result = await iterator.next()) {
      if (result.value === 7) return
      yield result.value
    }
  },
  async *asksAgain(source) {
    const iterator = source[Symbol.asyncIterator]()
    for (let faults = 0; ; ) {
      try {
        const { done, value } = await iterator.next()
        yield done === true ? faults : value
        if (done === true) return
      } catch {
        faults -= 1
      }
    }
  },
  *readsNothing() {
    yield* [1, 2, 3]
  },
  list: () => [4, 5, 6]
}

for (const [name, transform] of Object.entries(inner)) {
  test(`${name}: the same items and the same outcome as without batches`, async () => {
    const lists = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(lists, cuts, fc.boolean(), async (list, sizes, fails) => {
        const fault = new Error('source')
        async function* single(): AsyncGenerator<number> {
          yield* list
          if (fails) throw fault
        }
        const expected = await pull(items1(transform(single())))
        const source = new Scripted(cutBatches(list, sizes), fails ? { fault } : {})
        const seen = await settles(pull(items(transform)(source)))
        assert.deepEqual(seen, expected)
        assert.ok(source.reads === 0 || source.over || source.returned === 1, 'the source was not returned')
      }),
      runs(name === 'slow' ? 20 : 60)
    )
  })
}

/** Items as batches of one. */
async function* items1(source: AsyncIterable<number> | Iterable<number>): AsyncGenerator<number[]> {
  for await (const item of source) yield [item]
}

test('one batch out for each batch in, when the inner one asks for more', async () => {
  const batches = [[1, 2, 3], [], [4], [5, 6]]
  const seen: number[][] = []
  for await (const batch of items(inner.thrice!)(new Scripted(batches))) seen.push(batch)
  assert.deepEqual(
    seen,
    [[1, 2, 3], [4], [5, 6]].map((batch) => batch.flatMap((item) => [item, item, item]))
  )
})

test('nothing is read or begun before the first read, and one batch for one read', async () => {
  let begun = 0
  const source = new Scripted([[1], [2], [3]])
  const transform = items((single: AsyncIterable<number>) => {
    begun += 1
    return single
  })
  const iterator = transform(source)[Symbol.asyncIterator]()
  await turn()
  assert.deepEqual([begun, source.reads], [0, 0])
  assert.deepEqual(await iterator.next(), { done: false, value: [1] })
  await turn()
  assert.deepEqual([begun, source.reads], [1, 1])
  assert.deepEqual(await iterator.next(), { done: false, value: [2] })
})

test('a result comes although the inner one already waits for its next input', async () => {
  const answered = new Deferred()
  const source = new Scripted([['question'], ['thanks']], {}, (read) => (read === 1 ? answered.promise : undefined))
  async function* answers(single: AsyncIterable<string>): AsyncGenerator<string> {
    const iterator = single[Symbol.asyncIterator]()
    let next = iterator.next()
    for (let result = await next; result.done !== true; result = await next) {
      next = iterator.next()
      await turn()
      yield `${result.value}!`
    }
  }
  const iterator = items(answers)(source)[Symbol.asyncIterator]()
  assert.deepEqual(await settles(iterator.next()), { done: false, value: ['question!'] })
  answered.resolve()
  assert.deepEqual(await settles(iterator.next()), { done: false, value: ['thanks!'] })
  assert.deepEqual(await settles(iterator.next()), { done: true, value: undefined })
})

test('what comes slowly is not held back until the input is used up', async () => {
  const gate = new Deferred()
  async function* waits(single: AsyncIterable<number>): AsyncGenerator<number> {
    for await (const item of single) {
      if (item === 3) await gate.promise
      yield item
    }
  }
  const iterator = items(waits)(new Scripted([[1, 2, 3, 4]]))[Symbol.asyncIterator]()
  assert.deepEqual(await settles(iterator.next()), { done: false, value: [1, 2] })
  const second = iterator.next()
  assert.equal(await isSettled(second), false)
  gate.resolve()
  assert.deepEqual(await settles(second), { done: false, value: [3, 4] })
})

test('what came while nobody asked answers the next read at once', async () => {
  async function* stops(single: AsyncIterable<number>): AsyncGenerator<number> {
    for await (const item of single) {
      yield item
      if (item === 2) await new Promise(() => {})
      await turn()
      await turn()
    }
  }
  const iterator = items(stops)(new Scripted([[1, 2, 3]]))[Symbol.asyncIterator]()
  assert.deepEqual(await settles(iterator.next()), { done: false, value: [1] })
  for (let turns = 0; turns < 5; turns++) await turn()
  assert.deepEqual(await settles(iterator.next()), { done: false, value: [2] })
})

test('an inner one that reads ahead and is left does not make an unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => {
    unhandled.push(reason)
  }
  process.on('unhandledRejection', note)
  const source = new Scripted([[1]], { silent: true })
  assert.deepEqual(await settles(pipe(source, items(inner.readsAhead!), take(1), collect())), [1])
  await turn()
  process.off('unhandledRejection', note)
  assert.deepEqual(unhandled, [])
})

test('an inner one without end comes in bounded batches, and the event loop turns', async () => {
  let turned = false
  setImmediate(() => {
    turned = true
  })
  async function* endless(): AsyncGenerator<number> {
    for (let item = 0; ; item++) yield item
  }
  const batches: number[] = []
  for await (const batch of items(endless)(new Scripted([[1]]))) {
    batches.push(batch.length)
    if (turned && batches.length > 1) break
    assert.ok(batches.length < 100, 'the loop did not turn')
  }
  assert.ok(Math.max(...batches) > 0)
})

test('an early end behind it ends the inner one and returns the source, once', async () => {
  let cleaned = 0
  async function* counted(single: AsyncIterable<number>): AsyncGenerator<number> {
    try {
      yield* single
    } finally {
      cleaned += 1
    }
  }
  const source = new Scripted([[1, 2], [3]])
  assert.deepEqual(await pipe(source, items(counted), take(1), collect()), [1])
  assert.deepEqual([cleaned, source.returned], [1, 1])
})

test('return() while all is silent settles, and the inner one does not take it for the end', async () => {
  const told: unknown[] = []
  async function* tells(single: AsyncIterable<number>): AsyncGenerator<number> {
    try {
      for await (const item of single) yield item
      told.push('end')
    } catch (error) {
      told.push(error)
      throw error
    }
  }
  const source = new Scripted([[1]], { silent: true })
  const iterator = items(tells)(source)[Symbol.asyncIterator]()
  assert.deepEqual(await iterator.next(), { done: false, value: [1] })
  const next = iterator.next()
  await turn()
  assert.deepEqual(await settles(iterator.return!()), { done: true, value: undefined })
  assert.deepEqual(await settles(next), { done: true, value: undefined })
  assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  assert.equal(source.returned, 1)
  assert.equal(told.length, 1)
  assert.ok(told[0] instanceof AbortedError)
})

test('an inner one may take a fault of the source for what it likes', async () => {
  async function* forgives(single: AsyncIterable<number>): AsyncGenerator<number> {
    try {
      yield* single
    } catch {
      yield -1
    }
  }
  const seen = await pull(items(forgives)(new Scripted([[1, 2]], { fault: new Error('source') })))
  assert.deepEqual(seen, { items: [1, 2, -1], fault: undefined })
})

test('a transform that throws when it is called is a fault of the stream, and nothing is read', async () => {
  const source = new Scripted([[1]])
  const seen = await pull(
    items<number, number>(() => {
      throw new Error('made wrong')
    })(source)
  )
  assert.match(String(seen.fault), /made wrong/)
  assert.equal(source.reads, 0)
})

test('a second reader gets an InUseError; without a source it is a TypeError', async () => {
  const source = items(inner.same!)(batched([1, 2]))
  const first = source[Symbol.asyncIterator]()
  await first.next()
  assert.ok((await pull(source)).fault instanceof InUseError)
  assert.deepEqual(await first.next(), { done: true, value: undefined })
  assert.throws(() => (items(inner.same!) as unknown as () => void)(), /items is a transform and needs a source/)
})

test('an endless source of which the inner one wants nothing lets the event loop turn', async () => {
  let turned = false
  let reads = 0
  async function* endless(): AsyncGenerator<number[]> {
    while (!turned && reads++ < 2_000_000) yield [0]
  }
  setImmediate(() =>
    setImmediate(() => {
      turned = true
    })
  )
  await pipe(endless, items(inner.odd!), drain())
  assert.ok(turned, `${reads} batches and not one turn of the loop`)
})
