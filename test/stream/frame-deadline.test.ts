/**
 * The deadline of a frame: from its first byte to its last, whatever drips in between; pulled and driven alike, on a clock
 * that only moves when told.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chunked } from '../../lib/codec/chunked.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { length } from '../../lib/codec/length.ts'
import { text } from '../../lib/codec/text.ts'
import { FrameTimeoutError, InvalidOptionError } from '../../lib/errors.ts'
import { type FakeClock, fakeClock } from '../../lib/laws/fake-clock.ts'
import { type DecodeOptions, decode } from '../../lib/stream/decode.ts'
import { DRIVE } from '../../lib/symbols.ts'
import { dialog } from '../../lib/transport/dialog.ts'
import { memoryPair } from '../../lib/transport/memory.ts'
import type { Codec, Control, Drivable, Source } from '../../lib/types.ts'
import { turn } from '../support/wait.ts'

interface Reading {
  readonly items: unknown[]
  outcome: unknown
  readonly control?: Control
}

/** Reads in one of the two ways, and goes on while the test does other things. */
function reading(source: Source<unknown>, way: 'pulled' | 'driven'): Reading {
  if (way === 'driven') {
    const items: unknown[] = []
    const control = (source as Drivable<unknown>)[DRIVE]({
      batch: (batch) => {
        items.push(...batch)
      },
      end: () => {
        seen.outcome = 'end'
      },
      fault: (error) => {
        seen.outcome = error
      }
    })
    const seen: Reading = { items, outcome: undefined, control }
    return seen
  }
  const seen: Reading = { items: [], outcome: undefined }
  void (async () => {
    try {
      for await (const batch of source) seen.items.push(...batch)
      seen.outcome = 'end'
    } catch (error) {
      seen.outcome = error
    }
  })()
  return seen
}

for (const way of ['pulled', 'driven'] as const) {
  /** A line with a peer that says things, a clock, and what came out so far. */
  const begin = async <F>(codec: Codec<F>, options: DecodeOptions) => {
    const clock: FakeClock = fakeClock()
    const [peer, server] = memoryPair()
    const talk = dialog(peer)
    const seen = reading(decode(codec, { clock, ...options })(server.source), way)
    await turn()
    const say = async (bytes: string): Promise<void> => {
      await talk.write(Buffer.from(bytes, 'latin1'))
      await turn()
      await turn()
    }
    const end = (): void => {
      server.abort()
      peer.abort()
    }
    return { clock, seen, say, end, server }
  }
  const line = text(delimiter('\n'))

  test(`${way}: a byte now and then does not save a frame, and good frames in front of it are given out`, async () => {
    const { clock, seen, say, end } = await begin(line, { frameMs: 1000 })
    await say('one\ntw')
    for (let drip = 0; drip < 9; drip++) {
      await clock.advance(100)
      await say('o')
    }
    assert.deepEqual([seen.items, seen.outcome], [['one'], undefined])
    await clock.advance(110)
    assert.ok(seen.outcome instanceof FrameTimeoutError, String(seen.outcome))
    assert.deepEqual([seen.outcome.had, seen.outcome.ms, seen.items], [11, 1000, ['one']])
    assert.equal(clock.pending, 0)
    end()
  })

  test(`${way}: time passes only inside a frame, and each frame has its own`, async () => {
    const { clock, seen, say, end } = await begin(line, { frameMs: 1000 })
    await clock.advance(100_000)
    for (let frame = 0; frame < 5; frame++) {
      await say('x')
      await clock.advance(900)
      await say('y\nz')
      await clock.advance(900)
      await say('\n')
      await clock.advance(5000)
    }
    assert.deepEqual(seen.outcome, undefined)
    assert.deepEqual(seen.items, Array(5).fill(['xy', 'z']).flat())
    end()
    await turn()
    await turn()
    assert.equal(clock.pending, 0, 'a timer outlives its stream')
  })

  test(`${way}: a large frame has longer, by a second for so many bytes`, async () => {
    const { clock, seen, say, end } = await begin(length({ prefix: 4 }), { frameMs: 1000, minBytesPerSecond: 1000 })
    await say('\0\0\x10\0')
    for (let part = 0; part < 8; part++) {
      await say('x'.repeat(500))
      await clock.advance(499)
    }
    assert.deepEqual([seen.outcome], [undefined])
    await clock.advance(1500)
    assert.ok(seen.outcome instanceof FrameTimeoutError)
    assert.equal(seen.outcome.had, 4004)
    end()
  })

  test(`${way}: the parts of a body are no end of a frame, and a skipped frame has its deadline, too`, async () => {
    for (const onOversize of ['body', 'skip'] as const) {
      const { clock, seen, say, end } = await begin(chunked({ maxBytes: 4 }), { frameMs: 1000, onOversize })
      for (let block = 0; block < 10; block++) {
        await say('\0\0\0\x05hello')
        await clock.advance(100)
      }
      await clock.advance(10)
      assert.ok(seen.outcome instanceof FrameTimeoutError, `${onOversize}: ${seen.outcome}`)
      end()
    }
  })

  test(`${way}: a clean end and a cut end leave no timer`, async () => {
    for (const how of ['end', 'abort'] as const) {
      const { clock, seen, say, end, server } = await begin(line, { frameMs: 1000 })
      await say('one\ntwo')
      if (how === 'abort') server.abort(new Error('enough'))
      else end()
      await turn()
      await turn()
      assert.notEqual(seen.outcome, undefined)
      assert.ok(!(seen.outcome instanceof FrameTimeoutError))
      assert.equal(clock.pending, 0)
      end()
    }
  })
}

test('driven: while the reader has paused, time does not count against the peer', async () => {
  const clock = fakeClock()
  const [peer, server] = memoryPair()
  const talk = dialog(peer)
  const seen = reading(decode(text(delimiter('\n')), { frameMs: 1000, clock })(server.source), 'driven')
  await talk.write(Buffer.from('tw'))
  await turn()
  await turn()
  await clock.advance(600)
  seen.control?.pause()
  await clock.advance(60_000)
  assert.deepEqual([seen.outcome], [undefined])
  seen.control?.resume()
  await clock.advance(390)
  assert.deepEqual([seen.outcome], [undefined])
  await clock.advance(20)
  assert.ok(seen.outcome instanceof FrameTimeoutError)
  peer.abort()
})

test('pulled: while nobody asks, time does not count against the peer', async () => {
  const clock = fakeClock()
  const [peer, server] = memoryPair()
  const talk = dialog(peer)
  const iterator = decode(text(delimiter('\n')), { frameMs: 1000, clock })(server.source)[Symbol.asyncIterator]()
  await talk.write(Buffer.from('one\ntw'))
  assert.deepEqual(await iterator.next(), { done: false, value: ['one'] })
  await clock.advance(60_000)
  const next = iterator.next()
  await clock.advance(900)
  await talk.write(Buffer.from('o\n'))
  assert.deepEqual(await next, { done: false, value: ['two'] })
  peer.abort()
  server.abort()
})

test('options that make no sense are refused', () => {
  assert.throws(() => decode(delimiter('\n'), { frameMs: 0 }), InvalidOptionError)
  assert.throws(() => decode(delimiter('\n'), { frameMs: 1, minBytesPerSecond: 0 }), InvalidOptionError)
})
