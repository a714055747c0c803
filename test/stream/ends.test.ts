/**
 * The ends of a pipe and the views between batches and items: drain, forEach, collect, each, batched.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CollectLimitError, InvalidOptionError } from '../../lib/errors.ts'
import { batched } from '../../lib/stream/batched.ts'
import { collect } from '../../lib/stream/collect.ts'
import { drain } from '../../lib/stream/drain.ts'
import { each } from '../../lib/stream/each.ts'
import { filter } from '../../lib/stream/filter.ts'
import { forEach } from '../../lib/stream/for-each.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import type { Source } from '../../lib/types.ts'
import { runs } from '../laws/settings.ts'
import { cutBatches, cuts, Deferred, isSettled, pull, Scripted, settles, turn } from './support.ts'

async function consumeEach<T>(source: Source<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of each(source)) items.push(item)
  return items
}

async function consumeForEach<T>(source: Source<T>): Promise<T[]> {
  const items: T[] = []
  await forEach<T>((item) => {
    items.push(item)
  })(source)
  return items
}

const ends = { collect: collect<number>(), forEach: consumeForEach<number>, each: consumeEach<number> }

for (const [name, consume] of Object.entries(ends)) {
  test(`${name}: every item once and in order, for every cutting; a fault of the source rejects`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(99), { maxLength: 30 }), cuts, async (list, sizes) => {
        assert.deepEqual(await consume(new Scripted(cutBatches(list, sizes))), list)
      }),
      runs(50)
    )
    await assert.rejects(consume(new Scripted([[1]], { fault: new Error('source') })), /source/)
  })
}

const all = {
  ...ends,
  drain: drain<number>(),
  filtered: (source: Source<number>) =>
    pipe(
      source,
      filter(() => false),
      drain()
    )
}

for (const [name, consume] of Object.entries(all)) {
  test(`${name}: an endless source that is always ready lets the event loop turn`, async () => {
    let turned = false
    let reads = 0
    async function* endless(): AsyncGenerator<number[]> {
      while (!turned && reads++ < 2_000_000) yield name === 'filtered' ? [1] : []
    }
    setImmediate(() => setImmediate(() => (turned = true)))
    await consume(endless())
    assert.ok(turned, `${reads} batches and not one turn of the loop`)
  })
}

test('drain reads to the end and throws everything away; a fault rejects', async () => {
  const source = new Scripted([[1], [], [2, 3]])
  assert.equal(await drain()(source), undefined)
  assert.equal(source.reads, 4)
  await assert.rejects(drain()(new Scripted([[1]], { fault: new Error('source') })), /source/)
})

test('forEach: the next item waits for the promise of the one before, and a throw ends the reading', async () => {
  const first = new Deferred()
  const begun: number[] = []
  const source = new Scripted([[1, 2], [3]])
  const done = forEach<number>((item) => {
    begun.push(item)
    if (item === 1) return first.promise
    throw new Error('two')
  })(source)
  assert.equal(await isSettled(done), false)
  assert.deepEqual(begun, [1])
  first.resolve()
  await assert.rejects(settles(done), /two/)
  assert.deepEqual([begun, source.reads, source.returned], [[1, 2], 1, 1])
})

test('forEach: a rejected promise of fn is a fault', async () => {
  const source = new Scripted([[1, 2]])
  await assert.rejects(forEach(async () => Promise.reject(new Error('rejected')))(source), /rejected/)
  assert.equal(source.returned, 1)
})

test('collect: exactly the limits fit, one more is refused and the source returned', async () => {
  const bytes = (...sizes: number[]): Scripted<Uint8Array> => new Scripted([sizes.map((size) => new Uint8Array(size))])
  assert.equal((await collect<Uint8Array>({ maxBytes: 5 })(bytes(2, 3))).length, 2)
  const tooMuch = bytes(2, 3, 1)
  await assert.rejects(collect<Uint8Array>({ maxBytes: 5 })(tooMuch), new CollectLimitError(5, 'bytes'))
  assert.equal(tooMuch.returned, 1)
  assert.deepEqual(await collect<string>({ maxBytes: 5 })(new Scripted([['abc', 'de']])), ['abc', 'de'])
  await assert.rejects(collect<string>({ maxBytes: 5 })(new Scripted([['abc'], ['def']])), CollectLimitError)
  assert.deepEqual(await collect({ maxItems: 2 })(new Scripted([[1], [2]])), [1, 2])
  await assert.rejects(collect({ maxItems: 2 })(new Scripted([[1], [2, 3]])), new CollectLimitError(2, 'items'))
  assert.deepEqual(await collect({ maxItems: 0 })(new Scripted([[], []])), [])
  await assert.rejects(collect({ maxItems: 0 })(new Scripted([[1]])), CollectLimitError)
  assert.throws(() => collect({ maxBytes: -1 }), InvalidOptionError)
  assert.throws(() => collect({ maxItems: Number.NaN }), InvalidOptionError)
})

test('each: leaving the loop returns the source', async () => {
  const source = new Scripted([[1, 2], [3]])
  for await (const item of each(source)) if (item === 2) break
  assert.deepEqual([source.reads, source.returned], [1, 1])
})

test('batched: an iterable is one batch, each item of an async iterable its own, nothing is no batch', async () => {
  async function* slowly(): AsyncGenerator<number> {
    yield 1
    await turn()
    yield 2
  }
  const batchesOf = async (source: Source<number>): Promise<number[][]> => {
    const batches: number[][] = []
    for await (const batch of source) batches.push(batch)
    return batches
  }
  assert.deepEqual(await batchesOf(batched(new Set([1, 2, 3]))), [[1, 2, 3]])
  assert.deepEqual(await batchesOf(batched([])), [])
  assert.deepEqual(await batchesOf(batched(slowly())), [[1], [2]])
})

test('batched: a fault of the items comes behind them, and leaving returns them', async () => {
  let returned = 0
  async function* items(): AsyncGenerator<number> {
    try {
      yield 1
      throw new Error('source')
    } finally {
      returned += 1
    }
  }
  const { items: seen, fault } = await pull(batched(items()))
  assert.deepEqual([seen, String(fault), returned], [[1], 'Error: source', 1])
  for await (const _ of batched(items())) break
  assert.equal(returned, 2)
})
