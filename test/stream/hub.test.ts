/**
 * The hub: every subscriber hears everything from its first read on, and no subscriber is held up by another.
 */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { InUseError, InvalidOptionError, QueueFullError } from '../../lib/errors.ts'
import type { ChannelPolicy } from '../../lib/stream/channel.ts'
import { hub } from '../../lib/stream/hub.ts'
import { map } from '../../lib/stream/map.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import { memoryPair } from '../../lib/transport/memory.ts'
import { runs } from '../laws/settings.ts'
import { Probe, pull, settles, turn } from './support.ts'

test('each subscriber gets its own array, and all share the items', async () => {
  const news = hub<Uint8Array>()
  const readers = [new Probe<Uint8Array>(), new Probe<Uint8Array>()].map((probe) => probe.start(news.subscribe()))
  const bytes = Uint8Array.of(1, 2, 3)
  const published = [bytes]
  news.publish(published)
  published.length = 0
  await turn()
  const [one, other] = readers.map((probe) => probe.batches[0]!)
  assert.notEqual(one, other)
  one!.pop()
  assert.equal(other![0], bytes)
})

test('what is published in one tick is one batch, so a reader that keeps up is not taken for a slow one', async () => {
  const news = hub<number>()
  const probe = new Probe<number>().start(news.subscribe({ capacity: 1, policy: 'strict' }))
  for (let round = 0; round < 3; round++) {
    for (let line = 0; line < 100; line++) news.publish([line])
    await turn()
  }
  assert.deepEqual(
    probe.batches.map((batch) => batch.length),
    [100, 100, 100]
  )
  assert.equal(probe.seen().fault, undefined)
})

test('a subscription begins with its first read, also within a tick', async () => {
  const news = hub<number>()
  const early = new Probe<number>().start(news.subscribe())
  const late = news.subscribe()
  assert.equal(news.size, 1)
  news.publish([1])
  const lateProbe = new Probe<number>().start(late)
  assert.equal(news.size, 2)
  news.publish([2])
  await turn()
  assert.deepEqual([early.items, lateProbe.items], [[1, 2], [2]])
})

test('a slow subscriber is handled by its policy and holds up nobody', async () => {
  const news = hub<number>()
  const fast = new Probe<number>().start(news.subscribe({ capacity: 2 }))
  const slow = (policy: Exclude<ChannelPolicy, 'block'>) => {
    const subscription = news.subscribe({ capacity: 2, policy })
    const probe = new Probe<number>().start(subscription)
    probe.pause()
    return { subscription, probe }
  }
  const oldest = slow('drop-oldest')
  const newest = slow('drop-newest')
  const strict = slow('strict')
  for (let item = 0; item < 5; item++) {
    news.publish([item])
    await turn()
  }
  assert.deepEqual(fast.items, [0, 1, 2, 3, 4])
  assert.equal(news.size, 3, 'the strict one was cut off')
  news.end()
  assert.equal(news.size, 0)
  for (const { probe } of [oldest, newest, strict]) probe.resume()
  await settles(Promise.all([fast, oldest.probe, newest.probe, strict.probe].map((probe) => probe.over)))
  assert.deepEqual(fast.seen(), { items: [0, 1, 2, 3, 4], fault: undefined })
  assert.deepEqual(oldest.probe.seen(), { items: [3, 4], fault: undefined })
  assert.deepEqual(newest.probe.seen(), { items: [0, 1], fault: undefined })
  assert.deepEqual(strict.probe.seen(), { items: [0, 1], fault: new QueueFullError(2) })
  assert.deepEqual([oldest.subscription.dropped, newest.subscription.dropped], [3, 3])
})

test('a subscriber leaves by return(), by cancel() and by its signal, and the signal is let go', async () => {
  const news = hub<number>()
  const { signal } = new AbortController()
  const iterator = news.subscribe({ signal })[Symbol.asyncIterator]()
  const next = iterator.next()
  const probe = new Probe<number>().start(news.subscribe({ signal }))
  const controller = new AbortController()
  const aborted = new Probe<number>().start(news.subscribe({ signal: controller.signal }))
  assert.deepEqual([news.size, getEventListeners(signal, 'abort').length], [3, 2])

  await iterator.return?.()
  assert.deepEqual(await settles(next), { done: true, value: undefined })
  assert.equal(news.size, 2)

  news.publish([1])
  await turn()
  news.publish([2])
  probe.cancel()
  assert.equal(news.size, 1)

  await Promise.resolve()
  controller.abort()
  assert.equal(news.size, 0)
  news.publish([3])
  await settles(aborted.over)
  assert.deepEqual(probe.seen().items, [1])
  assert.deepEqual(aborted.seen(), { items: [1, 2], fault: undefined })
  assert.equal(getEventListeners(signal, 'abort').length + getEventListeners(controller.signal, 'abort').length, 0)
})

test('what was published in the tick in which the signal aborts still arrives', async () => {
  const news = hub<number>()
  const controller = new AbortController()
  const probe = new Probe<number>().start(news.subscribe({ signal: controller.signal }))
  news.publish([1])
  controller.abort()
  news.publish([2])
  await settles(probe.over)
  assert.deepEqual(probe.seen(), { items: [1], fault: undefined })
})

test('end() comes behind what was published, and ends later subscriptions at once', async () => {
  const news = hub<number>()
  const readers = [pull(news.subscribe()), pull(news.subscribe())]
  news.publish([1])
  news.publish([])
  news.publish([2])
  news.end()
  news.publish([3])
  assert.deepEqual(await settles(Promise.all(readers)), Array(2).fill({ items: [1, 2], fault: undefined }))
  assert.deepEqual(await settles(pull(news.subscribe())), { items: [], fault: undefined })
  assert.deepEqual(await settles(pull(news.subscribe({ signal: AbortSignal.abort() }))), {
    items: [],
    fault: undefined
  })
  assert.equal(news.size, 0)
})

test('an aborted signal ends a subscription before it begins', async () => {
  const news = hub<number>()
  const seen = pull(news.subscribe({ signal: AbortSignal.abort() }))
  news.publish([1])
  assert.deepEqual(await settles(seen), { items: [], fault: undefined })
})

test('a subscription is read once, and its options are checked', async () => {
  const news = hub<number>()
  const subscription = news.subscribe()
  const probe = new Probe<number>().start(subscription)
  assert.throws(() => new Probe<number>().start(subscription), InUseError)
  assert.equal(news.size, 1)
  news.publish([1])
  await turn()
  assert.deepEqual(probe.seen().items, [1])
  assert.throws(() => news.subscribe({ policy: 'block' as 'strict' }), /policy is "block": expected strict/)
  assert.throws(() => news.subscribe({ capacity: -1 }), InvalidOptionError)
})

test('who publishes from inside a subscription is heard by all in the same order', async () => {
  const news = hub<number>()
  const answering = new Probe<number>()
  answering.onBatch = (batch) => {
    for (const item of batch) if (item < 8) news.publish([item * 2])
  }
  answering.start(news.subscribe())
  const other = new Probe<number>().start(news.subscribe())
  news.publish([1, 3])
  await turn()
  assert.deepEqual(other.items, [1, 3, 2, 6, 4, 12, 8])
  assert.deepEqual(answering.items, other.items)
})

test('it drives the sinks of connections', async () => {
  const news = hub<string>()
  const peers = [memoryPair(), memoryPair()]
  const said = peers.map(([client]) => pull(client.source))
  const sent = peers.map(([, server]) =>
    pipe(
      news.subscribe(),
      map((text) => Buffer.from(text)),
      server
    )
  )
  assert.equal(news.size, 2)
  news.publish(['to all, '])
  await turn()
  news.publish(['and again'])
  news.end()
  await settles(Promise.all(sent))
  for (const { items } of await settles(Promise.all(said)))
    assert.equal(Buffer.concat(items).toString(), 'to all, and again')
})

test('a connection that dies unsubscribes', async () => {
  const news = hub<Uint8Array>()
  const [, server] = memoryPair()
  const sent = pipe(news.subscribe(), server)
  assert.equal(news.size, 1)
  server.abort(new Error('cut'))
  await assert.rejects(settles(sent), /cut/)
  assert.equal(news.size, 0)
})

test('any interleaving: each hears all that was published between its first read and its leaving, in order', async () => {
  const readers = fc.array(fc.record({ leavesAfter: fc.integer({ min: 1, max: 12 }), pulled: fc.boolean() }), {
    minLength: 1,
    maxLength: 4
  })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 12 }), readers, async (s, count, plans) => {
      const news = hub<number>()
      let published = 0
      const publish = async (): Promise<void> => {
        while (published < count) {
          await s.schedule(Promise.resolve(), `publish ${published}`)
          news.publish([published++])
        }
        await s.schedule(Promise.resolve(), 'end')
        news.end()
      }
      const subscribe = async ({ leavesAfter, pulled }: { leavesAfter: number; pulled: boolean }): Promise<void> => {
        const subscription = news.subscribe({ capacity: count, policy: 'strict' })
        await s.schedule(Promise.resolve(), 'a subscriber begins')
        const from = published
        const heard: number[] = []
        if (pulled) {
          for await (const batch of subscription) {
            heard.push(...batch)
            await s.schedule(Promise.resolve(), 'a subscriber reads on')
            if (heard.length >= leavesAfter) break
          }
        } else {
          const probe = new Probe<number>().start(subscription)
          let leave: () => void = () => {}
          const left = new Promise<void>((resolve) => {
            leave = resolve
          })
          probe.onBatch = (batch) => {
            heard.push(...batch)
            if (heard.length < leavesAfter) return
            probe.cancel()
            leave()
          }
          await Promise.race([probe.over, left])
          assert.equal(probe.seen().fault, undefined)
        }
        const all = Array.from({ length: count - from }, (_, index) => from + index)
        assert.deepEqual(heard, all.slice(0, heard.length))
        assert.ok(heard.length >= Math.min(leavesAfter, all.length), `heard ${heard} of ${all}`)
      }
      await settles(Promise.all([publish(), ...plans.map(subscribe)]), s)
      assert.equal(news.size, 0)
    }),
    runs(300)
  )
})
