/**
 * bodies: frames that are read while they arrive. What was not read is thrown away, what was cut never looks whole, and
 * nothing is read ahead of the reader.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chunked } from '../../lib/codec/chunked.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { length } from '../../lib/codec/length.ts'
import { AbortedError, InUseError, UnexpectedEndError } from '../../lib/errors.ts'
import { cut, cuttings } from '../../lib/laws/cuttings.ts'
import { encode } from '../../lib/laws/outcome.ts'
import { type Body, bodies } from '../../lib/stream/bodies.ts'
import { channel } from '../../lib/stream/channel.ts'
import { decode } from '../../lib/stream/decode.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import type { Codec, Source } from '../../lib/types.ts'
import { counting } from '../laws/bytes.ts'
import { runs } from '../laws/settings.ts'
import { isSettled, settles } from './support.ts'

async function* from(batches: Iterable<Uint8Array[]>): AsyncGenerator<Uint8Array[]> {
  yield* batches
}

async function whole({ body }: Body): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const batch of body) pieces.push(...batch)
  return new Uint8Array(Buffer.concat(pieces))
}

const families: [string, Codec<Uint8Array>, known: boolean][] = [
  ['length', length({ prefix: 2, maxBytes: 20 }), true],
  ['varint', length({ maxBytes: 20 }), true],
  ['trailer', length({ prefix: { ascii: 'decimal', end: ':' }, trailer: ',', maxBytes: 20 }), true],
  ['chunked', chunked({ maxBytes: 20, blockBytes: 6 }), false],
  ['delimiter', delimiter('\r\n', { maxBytes: 20 }), false]
]
const free: Record<string, Codec<Uint8Array>> = {
  length: length({ prefix: 2 }),
  varint: length(),
  trailer: length({ prefix: { ascii: 'decimal', end: ':' }, trailer: ',' }),
  chunked: chunked({ blockBytes: 6 }),
  delimiter: delimiter('\r\n')
}
const frames = fc.array(
  fc.nat(60).map((size) => counting(size, 14).map((byte) => (byte === 13 || byte === 10 ? 65 : byte))),
  { maxLength: 8, size: 'max' }
)

for (const [name, codec, known] of families) {
  test(`${name}: large frames among small ones, read whole, in part or not at all, in any cutting`, async () => {
    const plans = fc.array(fc.constantFrom('all', 'one batch', 'nothing'), { minLength: 8, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(frames, cuttings, plans, async (list, cutting, plan) => {
        const batches = cut(encode(free[name]!, list), cutting)
        const seen: unknown[] = []
        for await (const items of bodies()(decode(codec, { onOversize: 'body' })(from(batches)))) {
          for (const item of items as (Uint8Array | Body)[]) {
            const frame = list[seen.length]!
            if (item instanceof Uint8Array) {
              assert.deepEqual(item, frame)
              seen.push(item)
              continue
            }
            assert.equal(items.length, 1, 'a body is given out alone')
            assert.equal(item.length, known ? frame.length : undefined)
            assert.ok(frame.length > 20)
            const how = plan[seen.length]
            if (how === 'all') assert.deepEqual(await whole(item), frame)
            if (how === 'one batch') await item.body[Symbol.asyncIterator]().next()
            seen.push(item)
          }
        }
        assert.equal(seen.length, list.length)
      }),
      runs(60)
    )
  })
}

test('asBodies: every frame, also an empty one', async () => {
  const codec = length({ prefix: 1 })
  const list = [counting(3), counting(0), counting(200)]
  const seen: Uint8Array[] = []
  const source = bodies()(decode(codec, { asBodies: true })(from([[encode(codec, list)]])))
  for await (const [body] of source as Source<Body>) seen.push(await whole(body!))
  assert.deepEqual(seen, list)
})

test('the header that the codec reads is on the body', async () => {
  const codec = length({
    offset: 1,
    prefix: 4,
    header: {
      read: (bytes: Uint8Array, at: number) => bytes[at]!,
      write: (type: number, into, at) => {
        into[at] = type
      }
    }
  })
  const bytes = encode(codec, [{ header: 81, payload: counting(5) }])
  const source = bodies<unknown, number>()(decode(codec, { asBodies: true })(from([[bytes]])))
  for await (const [body] of source as Source<Body<number>>) {
    assert.deepEqual([body!.header, body!.length, await whole(body!)], [81, 5, counting(5)])
  }
})

test('a stream cut inside a body: its reader and the reader of the frames both hear of it', async () => {
  const codec = length({ prefix: 1 })
  const bytes = encode(codec, [counting(100)]).subarray(0, 50)
  for (const readsBody of [true, false]) {
    const iterator = bodies()(decode(codec, { asBodies: true })(from([[bytes]])))[Symbol.asyncIterator]()
    const [body] = (await iterator.next()).value as Body[]
    if (readsBody) await assert.rejects(whole(body!), UnexpectedEndError)
    await assert.rejects(iterator.next(), UnexpectedEndError)
    if (!readsBody) await assert.rejects(whole(body!), UnexpectedEndError)
    assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  }
})

test('a body that was thrown away is a fault to its reader, and no body is read twice', async () => {
  const codec = length({ prefix: 1 })
  const bytes = encode(codec, [counting(100), counting(3)])
  const iterator = bodies()(
    decode(codec, { asBodies: true })(from(cut(bytes, [{ size: 10, kind: 0, behind: 'next batch' }])))
  )[Symbol.asyncIterator]()
  const [first] = (await iterator.next()).value as Body[]
  const reader = first!.body[Symbol.asyncIterator]()
  await reader.next()
  const [second] = (await iterator.next()).value as Body[]
  await assert.rejects(reader.next(), AbortedError)
  assert.throws(() => first!.body[Symbol.asyncIterator](), InUseError)
  assert.deepEqual(await whole(second!), counting(3))
})

test('nothing is read ahead of the reader of a body', async () => {
  const codec = length({ prefix: 2 })
  const wire = encode(codec, [counting(1000)])
  let read = 0
  async function* source(): AsyncGenerator<Uint8Array[]> {
    for (let at = 0; at < wire.length; at += 100) {
      read++
      yield [wire.subarray(at, at + 100)]
    }
  }
  const iterator = bodies()(decode(codec, { asBodies: true })(source()))[Symbol.asyncIterator]()
  const [body] = (await iterator.next()).value as Body[]
  const reader = body!.body[Symbol.asyncIterator]()
  for (let taken = 1; taken <= 5; taken++) {
    await reader.next()
    assert.equal(read, taken)
  }
})

test('whoever leaves releases the source, also while a body waits for bytes', async () => {
  const codec = length({ prefix: 1 })
  const source = channel<Uint8Array>()
  const stream = pipe(source, decode(codec, { asBodies: true }), bodies())
  const iterator = stream[Symbol.asyncIterator]()
  source.push([Uint8Array.of(9, 1, 2)])
  const [body] = (await settles(iterator.next())).value as Body[]
  const reader = body!.body[Symbol.asyncIterator]()
  assert.deepEqual((await settles(reader.next())).value, [Uint8Array.of(1, 2)])
  const waiting = reader.next()
  assert.equal(await isSettled(waiting), false)
  const left = iterator.return?.()
  await assert.rejects(settles(waiting), AbortedError)
  assert.deepEqual(await settles(left!), { done: true, value: undefined })
})
