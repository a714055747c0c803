/**
 * map, filter, flatMap and tap: what the methods of arrays do, however the items are cut into batches, pulled or driven;
 * and a fault behind everything that was before it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { filter } from '../../lib/stream/filter.ts'
import { flatMap } from '../../lib/stream/flat-map.ts'
import { map } from '../../lib/stream/map.ts'
import { tap } from '../../lib/stream/tap.ts'
import type { Source, Stage } from '../../lib/types.ts'
import { runs } from '../laws/settings.ts'
import { bothWays, cutBatches, cuts, read, Scripted } from './support.ts'

const numbers = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 })

/** Each stage with a function that throws at 9 if asked to, and the array method that it is like. */
const stages: Record<
  string,
  { stage: (check: (n: number) => void) => Stage<number, unknown>; like: (list: number[]) => unknown[] }
> = {
  map: {
    stage: (check) =>
      map((n) => {
        check(n)
        return `n${n}`
      }),
    like: (list) => list.map((n) => `n${n}`)
  },
  filter: {
    stage: (check) =>
      filter((n: number) => {
        check(n)
        return n % 3 === 0
      }),
    like: (list) => list.filter((n) => n % 3 === 0)
  },
  flatMap: {
    stage: (check) =>
      flatMap((n: number) => {
        check(n)
        return new Set([n, n + 1, -n])
      }),
    like: (list) => list.flatMap((n) => [...new Set([n, n + 1, -n])])
  },
  tap: {
    stage: (check) => tap(check),
    like: (list) => list
  }
}

for (const [name, { stage, like }] of Object.entries(stages)) {
  test(`${name} is as the method of arrays, for every cutting, and passes a fault of the source on`, async () => {
    await fc.assert(
      fc.asyncProperty(numbers, cuts, fc.boolean(), async (list, sizes, fails) => {
        const fault = fails ? new Error('source') : undefined
        for (const [how, source] of bothWays(cutBatches(list, sizes), fault)) {
          assert.deepEqual(await read(how, stage(() => {})(source)), { items: like(list), fault })
        }
      }),
      runs(60)
    )
  })

  test(`${name}: a throw comes behind what the items before it became, and nothing behind it`, async () => {
    await fc.assert(
      fc.asyncProperty(numbers, numbers, cuts, async (before, behind, sizes) => {
        const fault = new Error('nine')
        const good = before.filter((n) => n < 9)
        const seen: number[] = []
        const check = (n: number): void => {
          if (n === 9) throw fault
          seen.push(n)
        }
        for (const [how, source] of bothWays(cutBatches([...good, 9, ...behind], sizes))) {
          seen.length = 0
          assert.deepEqual(await read(how, stage(check)(source)), { items: like(good), fault })
          assert.deepEqual(seen, good)
          if (source instanceof Scripted) assert.equal(source.over || source.returned === 1, true)
        }
      }),
      runs(60)
    )
  })
}

test('tap shows the very items that it passes on', async () => {
  const items = [{ n: 1 }, { n: 2 }]
  const shown: unknown[] = []
  const { items: passed } = await read('pull', tap((item) => shown.push(item))(new Scripted([items])))
  for (const [index, item] of items.entries()) {
    assert.equal(shown[index], item)
    assert.equal(passed[index], item)
  }
})

test('a batch is borrowed: the stages leave it as it was', async () => {
  for (const { stage } of Object.values(stages)) {
    const batch = Object.freeze([1, 2, 3, 9]) as number[]
    const { items } = await read('pull', stage(() => {})(new Scripted([batch])))
    assert.ok(items.length > 0)
    assert.deepEqual(batch, [1, 2, 3, 9])
  }
})

test('filter narrows the type where its function does', async () => {
  const isText = (item: string | number): item is string => typeof item === 'string'
  const texts: Source<string> = filter<string | number, string>(isText)(
    new Scripted<string | number>([
      [1, 'a'],
      ['b', 2]
    ])
  )
  assert.deepEqual((await read('pull', texts)).items, ['a', 'b'])
})
