/** The time that one frame of a dialog may take, on a clock that moves when it is told to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { delimiter, dialog, FrameTimeoutError, length, memoryPair, text } from '../lib/index.ts'
import { fakeClock } from '../lib/laws/fake-clock.ts'
import { turn } from './support/wait.ts'

const line = text(delimiter('\n'))

function begin() {
  const [client, server] = memoryPair()
  const peer = dialog(client)
  const say = async (latin1: string): Promise<void> => {
    await peer.write(Buffer.from(latin1, 'latin1'))
    await turn()
    await turn()
  }
  return { talk: dialog(server), server, say, clock: fakeClock() }
}

test('a frame has its time from its first byte, whatever drips in, and the time takes nothing away', async () => {
  const { talk, server, say, clock } = begin()
  const late = talk.next(line, { frameMs: 1000, clock }).catch((error: unknown) => error)
  await clock.advance(100_000)
  await say('h')
  for (let drip = 0; drip < 4; drip++) {
    await clock.advance(240)
    await say('e')
  }
  assert.equal(clock.pending, 1)
  await clock.advance(50)
  const error = await late
  assert.ok(error instanceof FrameTimeoutError, String(error))
  assert.deepEqual([error.had, error.ms, error.codec], [5, 1000, line.name])
  assert.equal(clock.pending, 0)
  await say('y\n')
  assert.equal(await talk.next(line, { frameMs: 1000, clock }), 'heeeey')
  assert.equal(clock.pending, 0)
  server.abort()
})

test('what was there before the read has its time from the read on', async () => {
  const { talk, server, say, clock } = begin()
  await say('hal')
  await clock.advance(5000)
  const late = assert.rejects(talk.next(line, { frameMs: 1000, clock }), FrameTimeoutError)
  await clock.advance(900)
  assert.equal(clock.pending, 1)
  await clock.advance(200)
  await late
  await say('f\n')
  assert.equal(await talk.next(line), 'half')
  server.abort()
})

test('a frame that is passed over has the same time, and the read behind a late one begins behind it', async () => {
  const codec = text(length({ prefix: 2, maxBytes: 3 }))
  const { talk, server, say, clock } = begin()
  const options = { frameMs: 1000, clock, onOversize: 'skip' } as const
  await say('\0')
  const late = assert.rejects(talk.next(codec, options), FrameTimeoutError)
  await clock.advance(900)
  await say('\x04lo')
  await clock.advance(150)
  await late
  const next = talk.next(codec, options)
  await say('ng\0\x01A')
  assert.equal(await next, 'A')
  assert.equal(clock.pending, 0)
  server.abort()
})

test('a frame of many bytes has longer', async () => {
  const { talk, server, say, clock } = begin()
  const reading = talk.next(length({ prefix: 2 }), { frameMs: 1000, minBytesPerSecond: 100, clock })
  await say(`\x01\x2c${'x'.repeat(200)}`)
  await clock.advance(2900)
  await say('x'.repeat(100))
  assert.equal((await reading)?.byteLength, 300)
  server.abort()
})
