/**
 * take: the first so many items, and not one read more than they need.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidOptionError } from '../../lib/errors.ts'
import { channel } from '../../lib/stream/channel.ts'
import { map } from '../../lib/stream/map.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import { stage } from '../../lib/stream/stage.ts'
import { take } from '../../lib/stream/take.ts'
import { runs } from '../laws/settings.ts'
import { bothWays, cutBatches, cuts, Probe, pull, read, Scripted, settles } from './support.ts'

test('the first items, for every cutting; the reading stops with the batch in which the last of them came', async () => {
  const lists = fc.array(fc.nat(99), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(lists, cuts, fc.nat(35), async (list, sizes, count) => {
      const batches = cutBatches(list, sizes)
      let needed = 0
      while (batches.slice(0, needed).flat().length < Math.min(count, list.length)) needed++
      for (const [how, source] of bothWays(batches)) {
        assert.deepEqual(await read(how, take<number>(count)(source)), {
          items: list.slice(0, count),
          fault: undefined
        })
        if (!(source instanceof Scripted)) continue
        const enough = count <= list.length
        assert.equal(source.reads, enough ? needed : batches.length + 1)
        assert.equal(source.returned, enough && count > 0 ? 1 : 0)
      }
    }),
    runs(150)
  )
})

test('a fault behind the last item is never seen, one before it is', async () => {
  const fault = new Error('source')
  for (const [how, source] of bothWays([[1, 2]], fault)) {
    assert.deepEqual(await read(how, take(2)(source)), { items: [1, 2], fault: undefined })
  }
  for (const [how, source] of bothWays([[1, 2]], fault)) {
    assert.deepEqual(await read(how, take(3)(source)), { items: [1, 2], fault })
  }
})

test('take(0) ends before anything is read, and ends what stands behind it', async () => {
  const count = stage<number, string>('count', () => {
    let items = 0
    return {
      push: (batch) => {
        items += batch.length
      },
      end: (out) => out.push(`${items} items`)
    }
  })
  const source = new Scripted([[1]])
  assert.deepEqual(await pull(pipe(source, take<number>(0), count)), { items: ['0 items'], fault: undefined })
  assert.equal(source.reads, 0)
  const unread = channel<number>()
  const probe = new Probe<string>().start(pipe(unread, take<number>(0), count))
  await settles(probe.over)
  assert.deepEqual(probe.seen(), { items: ['0 items'], fault: undefined })
  assert.equal(unread.push([1]), true, 'nobody has claimed it')
})

test('what stands in front of it is left, what stands behind it sees the end', async () => {
  const numbers = channel<number>()
  numbers.push([1, 2, 3])
  const doubled = pipe(
    numbers,
    take<number>(2),
    map((n) => n * 2)
  )
  assert.deepEqual((await read('drive', doubled)).items, [2, 4])
  assert.equal(numbers.push([4]), false, 'the reader has left')
})

test('each stream counts for itself', async () => {
  const firstTwo = take<number>(2)
  for (let round = 0; round < 2; round++) {
    assert.deepEqual((await pull(firstTwo(new Scripted([[1], [2], [3]])))).items, [1, 2])
  }
})

test('the count is checked when the stage is made', () => {
  for (const count of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => take(count), InvalidOptionError)
})
