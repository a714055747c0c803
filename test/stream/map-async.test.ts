/**
 * mapAsync: the results of `map`, however long each takes; never more on its way than allowed; no fault overtakes a
 * result, and nothing runs on behind the end.
 */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { test } from 'node:test'
import fc from 'fast-check'
import { AbortedError, InUseError, InvalidOptionError } from '../../lib/errors.ts'
import { batched } from '../../lib/stream/batched.ts'
import { collect } from '../../lib/stream/collect.ts'
import { drain } from '../../lib/stream/drain.ts'
import { mapAsync } from '../../lib/stream/map-async.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import { take } from '../../lib/stream/take.ts'
import type { Source } from '../../lib/types.ts'
import { runs } from '../laws/settings.ts'
import { Deferred, isSettled, pull, Scripted, settles, turn } from './support.ts'

/** An `fn` that is answered by hand, item by item. */
class Work {
  readonly begun: number[] = []
  readonly aborted: number[] = []
  readonly #open = new Map<number, Deferred<string>>()

  readonly fn = (item: number, { signal }: { signal: AbortSignal }): Promise<string> => {
    const deferred = new Deferred<string>()
    this.begun.push(item)
    this.#open.set(item, deferred)
    signal.addEventListener('abort', () => this.aborted.push(item))
    return deferred.promise
  }

  get running(): number[] {
    return [...this.#open.keys()]
  }

  async finish(...items: number[]): Promise<void> {
    for (const item of items) {
      this.#open.get(item)!.resolve(`r${item}`)
      this.#open.delete(item)
    }
    await turn()
  }

  async fail(item: number, error: unknown): Promise<void> {
    this.#open.get(item)!.reject(error)
    this.#open.delete(item)
    await turn()
  }
}

function iterate<T>(source: Source<T>): AsyncIterator<T[]> & { return(): Promise<IteratorResult<T[]>> } {
  return source[Symbol.asyncIterator]() as ReturnType<typeof iterate<T>>
}

function batch<T>(...value: T[]): IteratorResult<T[]> {
  return { done: false, value }
}

const done = { done: true, value: undefined }

test('ordered: results keep the order of their items, and those that are there together are one batch', async () => {
  const work = new Work()
  const results = iterate(mapAsync(work.fn, { concurrency: 3 })(batched([0, 1, 2, 3])))
  const first = results.next()
  await turn()
  assert.deepEqual(work.begun, [0, 1, 2])
  await work.finish(2)
  await work.finish(1)
  assert.equal(await isSettled(first), false)
  assert.deepEqual(work.begun, [0, 1, 2], 'a result that waits for its turn takes up room')
  await work.finish(0)
  assert.deepEqual(await first, batch('r0', 'r1', 'r2'))
  const second = results.next()
  await turn()
  await work.finish(3)
  assert.deepEqual([await second, await results.next(), await results.next()], [batch('r3'), done, done])
})

test('not ordered: each result comes as soon as it is there', async () => {
  const work = new Work()
  const results = iterate(mapAsync(work.fn, { concurrency: 3, ordered: false })(batched([0, 1, 2])))
  const asked = [results.next(), results.next(), results.next(), results.next()]
  await turn()
  await work.finish(2)
  await work.finish(0, 1)
  assert.deepEqual(await settles(Promise.all(asked)), [batch('r2'), batch('r0', 'r1'), done, done])
})

test('one at a time and only when asked, unless more are allowed', async () => {
  const work = new Work()
  const source = new Scripted([[0, 1], [2]])
  const results = iterate(mapAsync(work.fn)(source))
  await turn()
  assert.deepEqual([work.begun, source.reads], [[], 0])
  const first = results.next()
  await turn()
  await work.finish(0)
  assert.deepEqual(await first, batch('r0'))
  assert.deepEqual(work.begun, [0])
  const second = results.next()
  await turn()
  assert.deepEqual([work.begun, source.reads], [[0, 1], 1])
  await work.finish(1)
  assert.deepEqual(await second, batch('r1'))
  assert.equal(source.reads, 1)
})

test('no batch is read while it is full, however slow the reader', async () => {
  const work = new Work()
  const source = new Scripted([[0, 1], [2], [3], [4]])
  const results = iterate(mapAsync(work.fn, { concurrency: 3 })(source))
  const first = results.next()
  await turn()
  assert.deepEqual([work.begun, source.reads], [[0, 1, 2], 2])
  await work.finish(0)
  await first
  await work.finish(1, 2)
  await turn()
  assert.deepEqual([work.begun, source.reads], [[0, 1, 2], 2], 'results that nobody took take up room')
  assert.deepEqual(await results.next(), batch('r1', 'r2'))
  await turn()
  assert.deepEqual([work.begun, source.reads], [[0, 1, 2, 3, 4], 5])
  const left = results.return()
  await work.finish(3, 4)
  assert.deepEqual(await settles(left), done)
})

test('a fault of fn comes behind the results before it; the others are aborted and awaited', async () => {
  const work = new Work()
  const fault = new Error('fn')
  const source = new Scripted([[0, 1, 2, 3, 4]], { silent: true })
  const results = iterate(mapAsync(work.fn, { concurrency: 4 })(source))
  const first = results.next()
  await turn()
  await work.fail(1, fault)
  assert.deepEqual([work.aborted, await isSettled(first)], [[], false], 'item 0 is still wanted')
  await work.finish(0)
  assert.deepEqual(await first, batch('r0'))
  assert.deepEqual(work.aborted, [0, 1, 2, 3])
  assert.equal(source.returned, 1)
  const second = results.next()
  assert.equal(await isSettled(second), false, '2 and 3 still run')
  await work.finish(3)
  await work.fail(2, new Error('aborted'))
  await assert.rejects(settles(second), fault)
  assert.deepEqual(await results.next(), done)
  assert.deepEqual(work.begun, [0, 1, 2, 3])
})

test('not ordered: a fault comes behind the results that were there before it', async () => {
  const work = new Work()
  const fault = new Error('fn')
  const results = iterate(mapAsync(work.fn, { concurrency: 3, ordered: false })(batched([0, 1, 2, 3])))
  const first = results.next()
  await turn()
  await work.finish(1)
  assert.deepEqual(await first, batch('r1'))
  await work.finish(2)
  await work.fail(0, fault)
  assert.deepEqual(await results.next(), batch('r2'))
  await assert.rejects(settles(results.next()), fault)
})

test('a fault of the source comes behind the results of all items before it, none of them aborted', async () => {
  for (const ordered of [true, false]) {
    const work = new Work()
    const fault = new Error('source')
    const source = new Scripted([[0, 1]], { fault })
    const results = iterate(mapAsync(work.fn, { concurrency: 3, ordered })(source))
    const first = results.next()
    await turn()
    assert.deepEqual([source.reads, work.running], [2, [0, 1]])
    await work.finish(0)
    assert.deepEqual(await first, batch('r0'))
    const second = results.next()
    assert.equal(await isSettled(second), false)
    await work.finish(1)
    assert.deepEqual(await second, batch('r1'))
    await assert.rejects(results.next(), fault)
    assert.deepEqual(await results.next(), done)
    assert.deepEqual([work.aborted, source.returned], [[], 0])
  }
})

test('of two faults the one nearer the sink is thrown, the other is an event', async () => {
  const overruled: unknown[] = []
  const note = (message: unknown): void => {
    overruled.push((message as { error: unknown }).error)
  }
  subscribe('it-serve:fault-overruled', note)
  const work = new Work()
  const results = iterate(mapAsync(work.fn, { concurrency: 2 })(new Scripted([[0]], { fault: new Error('source') })))
  const first = assert.rejects(results.next(), /fn/)
  await turn()
  await work.fail(0, new Error('fn'))
  await settles(first)
  unsubscribe('it-serve:fault-overruled', note)
  assert.deepEqual(overruled, [new Error('source')])
  assert.deepEqual(await results.next(), done)
})

test('return() aborts, awaits what runs, returns the source, and settles a next() that waits', async () => {
  const work = new Work()
  const source = new Scripted([[0, 1, 2]])
  const results = iterate(mapAsync(work.fn, { concurrency: 2 })(source))
  const next = results.next()
  await turn()
  const left = results.return()
  assert.deepEqual(await settles(next), done)
  assert.deepEqual([work.aborted, source.returned], [[0, 1], 1])
  assert.equal(await isSettled(left), false)
  await work.finish(0)
  assert.equal(await isSettled(left), false)
  await work.fail(1, new Error('aborted'))
  assert.deepEqual(await settles(left), done)
  assert.deepEqual(await results.next(), done)
  assert.deepEqual(work.begun, [0, 1])
})

test('nothing more is begun once the reader has left, not even if fn itself made it leave', async () => {
  const begun: number[] = []
  const results = iterate(
    mapAsync(
      async (item: number) => {
        begun.push(item)
        results.return()
        return item
      },
      { concurrency: 3 }
    )(batched([0, 1, 2]))
  )
  assert.deepEqual(await settles(results.next()), done)
  assert.deepEqual(begun, [0])
})

test('who leaves before the first read has had the source', async () => {
  const source = new Scripted([[1]])
  const mapped = mapAsync(async (item: number) => item)(source)
  assert.deepEqual(await iterate(mapped).return(), done)
  assert.ok((await pull(mapped)).fault instanceof InUseError)
  assert.equal(source.reads, 0)
})

test('neither a fault nor return() hangs on a source that is silent', async () => {
  async function* silent(): AsyncGenerator<number[]> {
    yield [0]
    await new Promise(() => {})
  }
  const fails = async (): Promise<never> => Promise.reject(new Error('fn'))
  const { fault } = await settles(pull(mapAsync(fails, { concurrency: 2 })(silent())))
  assert.match(String(fault), /fn/)

  const results = iterate(mapAsync(async (n: number) => n, { concurrency: 2 })(silent()))
  assert.deepEqual(await settles(results.next()), batch(0))
  assert.deepEqual(await settles(results.return()), done)
})

test('the signal tells why: the fault, or that the reader left', async () => {
  const reasons: unknown[] = []
  const fault = new Error('fn')
  const fn = async (item: number, { signal }: { signal: AbortSignal }): Promise<number> => {
    if (item === 0) return item
    if (item === 1) throw fault
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    reasons.push(signal.reason)
    return item
  }
  await settles(pull(mapAsync(fn, { concurrency: 4 })(batched([0, 1, 2]))))
  await settles(pipe(batched([0, 3]), mapAsync(fn, { concurrency: 2 }), take(1), drain()))
  assert.equal(reasons[0], fault)
  assert.ok(reasons[1] instanceof AbortedError)
})

test("a fault of the source at return() is the reader's to know, behind a fault of fn it is an event", async () => {
  const source = (): AsyncIterable<number[]> => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => batch(0, 1),
      return: async () => Promise.reject(new Error('return'))
    })
  })
  const results = iterate(mapAsync(async (n: number) => n)(source()))
  await results.next()
  await assert.rejects(results.return(), /return/)
  const { fault } = await pull(mapAsync(async () => Promise.reject(new Error('fn')))(source()))
  assert.match(String(fault), /fn/)
})

test('fn may answer at once and may throw at once', async () => {
  const fn = (item: number): number => {
    if (item === 2) throw new Error('thrown')
    return item * 10
  }
  const { items, fault } = await pull(mapAsync(fn, { concurrency: 2 })(batched([0, 1, 2, 3])))
  assert.deepEqual(items, [0, 10])
  assert.match(String(fault), /thrown/)
})

test('many may listen to the signal at once without a warning of a leak', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): void => {
    warnings.push(warning)
  }
  process.on('warning', note)
  const work = new Work()
  const results = iterate(
    mapAsync(work.fn, { concurrency: 50 })(batched(Array.from({ length: 50 }, (_, item) => item)))
  )
  const first = results.next()
  await turn()
  assert.equal(work.begun.length, 50)
  await work.finish(...work.running)
  await first
  process.off('warning', note)
  assert.deepEqual(warnings, [])
})

test('options are checked, and so is that there is a source', () => {
  const fn = async (item: number): Promise<number> => item
  assert.throws(() => mapAsync(fn, { concurrency: 0 }), /concurrency is 0/)
  assert.throws(() => mapAsync(fn, { concurrency: Number.NaN }), InvalidOptionError)
  assert.throws(() => mapAsync(fn, { ordered: 'yes' as unknown as boolean }), InvalidOptionError)
  assert.throws(() => (mapAsync(fn) as unknown as () => void)(), /mapAsync is a transform and needs a source/)
})

test('a second reader gets an InUseError and takes nothing', async () => {
  const mapped = mapAsync(async (item: number) => item)(batched([1, 2]))
  const first = iterate(mapped)
  assert.deepEqual(await first.next(), batch(1))
  assert.ok((await pull(mapped)).fault instanceof InUseError)
  assert.deepEqual(await first.next(), batch(2))
})

test('an endless source of empty batches lets the event loop turn', async () => {
  let turned = false
  let reads = 0
  async function* empties(): AsyncGenerator<number[]> {
    while (!turned && reads++ < 2_000_000) yield []
  }
  setImmediate(() =>
    setImmediate(() => {
      turned = true
    })
  )
  assert.deepEqual(
    await pipe(
      empties,
      mapAsync(async (item: number) => item),
      collect()
    ),
    []
  )
  assert.ok(turned, `${reads} batches and not one turn of the loop`)
})

const plans = fc.record({
  sizes: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  ordered: fc.boolean(),
  /** The item that fails, and whether the source does at its end. */
  faultAt: fc.option(fc.nat(14), { nil: undefined }),
  sourceFails: fc.boolean(),
  /** The reader leaves after so many results. */
  leavesAfter: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined })
})

test('any interleaving: order, bounds, results before faults, one fault, and nothing left running', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plans, async (s, plan) => {
      const { sizes, concurrency, ordered, faultAt, sourceFails, leavesAfter } = plan
      let made = 0
      const batches = sizes.map((size) => Array.from({ length: size }, () => made++))
      const sourceFault = new Error('source')
      const fnFault = new Error('fn')
      const source = new Scripted(batches, sourceFails ? { fault: sourceFault } : {}, (read) =>
        s.schedule(Promise.resolve(), `read ${read}`)
      )
      let running = 0
      let given = 0
      let begun = 0
      const finished: number[] = []
      const fn = async (item: number): Promise<number> => {
        begun += 1
        running += 1
        assert.ok(running <= concurrency, `${running} run, concurrency ${concurrency}`)
        // Results on their way through the promise of a `next()` were given out and are not seen yet.
        assert.ok(begun - given <= 2 * concurrency, `${begun} begun, ${given} seen, concurrency ${concurrency}`)
        await s.schedule(Promise.resolve(), `fn ${item}`)
        running -= 1
        if (item === faultAt) throw fnFault
        finished.push(item)
        return item
      }
      const got: number[] = []
      const read = async (): Promise<unknown> => {
        try {
          for await (const results of mapAsync(fn, { concurrency, ordered })(source)) {
            got.push(...results)
            given += results.length
            await s.schedule(Promise.resolve(), 'the reader asks for more')
            if (leavesAfter !== undefined && got.length >= leavesAfter) return 'left'
          }
          return 'ended'
        } catch (error) {
          return error
        }
      }
      const outcome = await settles(read(), s)
      assert.equal(running, 0, 'something still runs behind the outcome')
      const all = Array.from({ length: made }, (_, item) => item)
      const fails = faultAt !== undefined && faultAt < made
      if (ordered) assert.deepEqual(got, all.slice(0, got.length))
      else assert.deepEqual(got, finished.slice(0, got.length), 'in the order in which they were there')
      if (outcome === 'left') {
        assert.ok(source.over || source.returned === 1, 'the source was not returned')
        return
      }
      if (fails) {
        assert.equal(outcome, fnFault)
        if (ordered) assert.deepEqual(got, all.slice(0, faultAt))
      } else {
        assert.equal(outcome, sourceFails ? sourceFault : 'ended')
        assert.deepEqual(
          [...got].sort((a, b) => a - b),
          all
        )
      }
    }),
    runs(400)
  )
})
