/**
 * stage and pipe: how a pipeline is put together, and what is refused at once.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InUseError } from '../../lib/errors.ts'
import { batched } from '../../lib/stream/batched.ts'
import { channel } from '../../lib/stream/channel.ts'
import { collect } from '../../lib/stream/collect.ts'
import { drain } from '../../lib/stream/drain.ts'
import { map } from '../../lib/stream/map.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import { stage } from '../../lib/stream/stage.ts'
import { take } from '../../lib/stream/take.ts'
import { tap } from '../../lib/stream/tap.ts'
import { DONE, DRIVE } from '../../lib/symbols.ts'
import type { Source } from '../../lib/types.ts'
import { bothWays, Probe, pull, read, Scripted, settles, turn } from './support.ts'

/** Joins items in pairs; one that is left over at the end is a fault if told so, else it comes alone. */
function pairs({ strict = false }: { strict?: boolean } = {}) {
  return stage<number, string>('pairs', () => {
    let held: number | undefined
    return {
      push(batch, out) {
        for (const item of batch) {
          if (held === undefined) held = item
          else out.push(`${held}+${item}`)
          if (out.at(-1) === `${held}+${item}`) held = undefined
        }
      },
      end(out) {
        if (held === undefined) return
        out.push(`${held}`)
        if (strict) throw new Error('one is left over')
      }
    }
  })
}

test('a step has fresh state for every stream, made at the first read', async () => {
  let begun = 0
  const counted = stage<number, number>('counted', () => {
    begun += 1
    let count = 0
    return {
      push: (batch, out) => {
        for (const _ of batch) out.push(++count)
      }
    }
  })
  const sources = [counted(new Scripted([[7, 7]])), counted(new Scripted([[7]]))]
  assert.equal(begun, 0)
  assert.deepEqual((await pull(sources[0]!)).items, [1, 2])
  assert.deepEqual((await pull(sources[1]!)).items, [1])
  assert.equal(begun, 2)
})

test('the end of the input is told to the step, which may give or throw; DONE ends without it', async () => {
  for (const [how, source] of bothWays([[1, 2], [3]])) {
    assert.deepEqual(await read(how, pairs()(source)), { items: ['1+2', '3'], fault: undefined })
  }
  for (const [how, source] of bothWays([[1, 2], [3]])) {
    const { items, fault } = await read(how, pairs({ strict: true })(source))
    assert.deepEqual([items, String(fault)], [['1+2', '3'], 'Error: one is left over'])
  }
  const untilZero = stage<number, string>('untilZero', () => ({
    push(batch, out) {
      for (const item of batch) {
        if (item === 0) return DONE
        out.push(`${item}`)
      }
      return undefined
    },
    end: (out) => out.push('end')
  }))
  for (const [how, source] of bothWays([[1], [2, 0, 3], [4]])) {
    assert.deepEqual(await read(how, untilZero(source)), { items: ['1', '2'], fault: undefined })
  }
})

test('a source of stages is drivable exactly if what it stands on is', () => {
  assert.equal(DRIVE in map((n: number) => n)(channel<number>()), true)
  assert.equal(DRIVE in map((n: number) => n)(new Scripted([[1]])), false)
})

test('whoever reads first has the source, also with more stages behind it; composing claims nothing', async () => {
  const short = map((n: number) => n + 1)(new Scripted([[1], [2]]))
  const long = map((n: number) => n * 10)(short)
  assert.deepEqual((await pull(long)).items, [20, 30])
  assert.ok((await pull(short)).fault instanceof InUseError)
  const numbers = channel<number>()
  const driven = map((n: number) => n + 1)(numbers)
  const probe = new Probe<number>().start(driven)
  assert.throws(() => new Probe<number>().start(driven), InUseError)
  numbers.push([1])
  await turn()
  assert.deepEqual(probe.seen().items, [2])
})

test('the claim is of the pipeline, also over what could be read twice', async () => {
  const twice = { [Symbol.asyncIterator]: () => new Scripted([[1]]) }
  const short = map((n: number) => n + 1)(twice)
  const long = map((n: number) => n * 10)(short)
  assert.deepEqual((await pull(short)).items, [2])
  assert.ok((await pull(long)).fault instanceof InUseError)
})

test('behind a fault no step is told of an end, for half a message must not be closed as if it were whole', async () => {
  const fault = new Error('two')
  const failsAtTwo = map((n: number) => {
    if (n === 2) throw fault
    return n
  })
  for (const [how, source] of bothWays([[1, 2, 3]])) {
    assert.deepEqual(await read(how, pipe(source, failsAtTwo, pairs())), { items: [], fault })
  }
  for (const [how, source] of bothWays([[1]], fault)) {
    assert.deepEqual(await read(how, pipe(source, pairs())), { items: [], fault })
  }
  const ends = stage<string, string>('ends', () => ({
    push: (batch, out) => void out.push(...batch),
    end: (out) => void out.push('end')
  }))
  for (const [how, source] of bothWays([[1, 2, 3]])) {
    assert.deepEqual((await read(how, pipe(source, pairs({ strict: true }), ends))).items, ['1+2', '3'])
  }
})

test('driven, the outcome waits while it is paused, and none comes after cancel()', async () => {
  const fault = new Error('two')
  const stages = [take<number>(2), map((n: number) => n), tap((n: number) => assert.notEqual(n, 2, fault))]
  for (const stage of stages) {
    const numbers = channel<number>()
    const paused = new Probe<number>()
    paused.onBatch = () => paused.pause()
    paused.start(stage(numbers))
    numbers.push([1, 2])
    numbers.end()
    await turn()
    assert.deepEqual([paused.batches.length, paused.outcome], [1, undefined])
    paused.resume()
    await settles(paused.over)
    assert.equal(paused.seen().fault, stage.label === 'tap' ? fault : undefined)

    const others = channel<number>()
    const cancelled = new Probe<number>()
    cancelled.onBatch = () => cancelled.cancel()
    cancelled.start(stage(others))
    others.push([1, 2])
    others.end()
    await turn()
    assert.deepEqual([cancelled.seen().items.length > 0, cancelled.outcome], [true, undefined])
  }
})

test('a stage knows its label and says it where no source is in front of it', () => {
  const one = pairs()
  assert.deepEqual([one.label, one.endIsFrame], ['pairs', false])
  assert.equal(stage('close', one.begin, { endIsFrame: true }).endIsFrame, true)
  const wrong = [undefined, null, {}]
  for (const source of wrong) {
    assert.throws(() => one(source as unknown as Source<number>), /pairs is a stage and needs a source of batches/)
  }
  const first = one as unknown as () => Source<string>
  assert.throws(() => pipe(first, collect()), { name: 'TypeError', message: /pairs is a stage/ })
})

test('pipe takes a source, something that has one, or a function that makes one', async () => {
  const source = (): Source<number> => batched([1, 2, 3])
  const connection = { source: source(), sink: drain<number>() }
  const heads = [source(), connection, source]
  for (const head of heads) assert.deepEqual(await pipe(head, pairs(), collect()), ['1+2', '3'])
  assert.deepEqual(await pull(pipe(source())), { items: [1, 2, 3], fault: undefined })
})

test('pipe ends in a function, in something with a sink, or in one more part', async () => {
  const sunk: number[] = []
  const sink = async (source: Source<number>): Promise<string> => {
    sunk.push(...(await pull(source)).items)
    return 'sunk'
  }
  const connection = { sink, source: batched([0]) }
  assert.equal(await pipe(batched([1]), sink), 'sunk')
  assert.equal(
    await pipe(
      batched([2]),
      map((n) => n * 2),
      connection
    ),
    'sunk'
  )
  assert.deepEqual(sunk, [1, 4])
  async function* twice(source: Source<number>): Source<number> & AsyncGenerator<number[]> {
    for await (const batch of source) yield [...batch, ...batch]
  }
  assert.deepEqual(
    (
      await pull(
        pipe(
          batched([1]),
          map((n) => n + 1),
          twice
        )
      )
    ).items,
    [2, 2]
  )
})

test('pipe takes what has a source and no sink, or a sink and no source', async () => {
  assert.deepEqual(await pipe({ source: batched([1]) }, collect()), [1])
  assert.equal(await pipe(batched([1]), { sink: drain() }), undefined)
})

test('a wrong neighbour is a type error at its own place', async () => {
  const shout = map((text: string) => text.toUpperCase())
  // @ts-expect-error numbers are not texts
  const wrong = pipe(batched([1]), shout, collect())
  await assert.rejects(Promise.resolve(wrong), TypeError)
})
