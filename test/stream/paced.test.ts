/**
 * The pace: so many items in any second, all of them and in order, and a fault for who does not stop.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidOptionError, ProtocolError } from '../../lib/errors.ts'
import { fakeClock } from '../../lib/laws/fake-clock.ts'
import { paced } from '../../lib/stream/paced.ts'
import type { Source } from '../../lib/types.ts'

/** What passes of a source, and when. */
async function pass(source: Source<number>, perSecond: number, floodMs: number) {
  const clock = fakeClock()
  const passed: { item: number; at: number }[] = []
  let waits = 0
  let fault: unknown
  const over = (async () => {
    const pace = paced<number>({ perSecond, floodMs, clock, onWait: () => waits++ })
    for await (const batch of pace(source)) passed.push(...batch.map((item) => ({ item, at: clock.now() })))
  })().catch((error: unknown) => {
    fault = error
  })
  const advance = (ms: number): Promise<void> => clock.advance(ms)
  return { passed, over, advance, waits: () => waits, fault: () => fault }
}

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index)

test('no second has more than its share, whatever the batches are; nothing is lost, and a pause is forgiven', async () => {
  const source = (async function* () {
    yield numbers(0, 3)
    yield numbers(3, 40)
    yield []
    yield numbers(43, 1)
  })()
  const run = await pass(source, 4, 60_000)
  await run.advance(12_000)
  await run.over
  assert.deepEqual(
    run.passed.map(({ item }) => item),
    numbers(0, 44)
  )
  for (const [index, { at }] of run.passed.entries()) {
    const fifth = run.passed[index + 4]
    assert.ok(fifth === undefined || fifth.at - at >= 1000, `items ${index} to ${index + 4}`)
  }
  assert.equal(run.passed.at(-1)?.at, 10_000)
  assert.equal(run.waits(), 1)
})

test('who goes on for too long is a fault, behind what passed, and is not read any more', async () => {
  let read = 0
  const source = (async function* () {
    for (;;) yield [read++]
  })()
  const run = await pass(source, 5, 2500)
  await run.advance(2499)
  assert.equal(run.fault(), undefined)
  await run.advance(1)
  await run.over
  assert.ok(run.fault() instanceof ProtocolError)
  assert.deepEqual([run.passed.length, read], [15, 16])
})

test('options that cannot be right', () => {
  for (const options of [
    { perSecond: 0, floodMs: 1 },
    { perSecond: 1.5, floodMs: 1 },
    { perSecond: 1, floodMs: 0 },
    { perSecond: 1, floodMs: Number.POSITIVE_INFINITY }
  ]) {
    assert.throws(() => paced(options), InvalidOptionError)
  }
})
