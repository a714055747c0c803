/** What a dialog keeps unread is few pieces however small the bytes came, and no aborted read takes one away. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { collect, delimiter, dialog, length, memoryPair, pipe, text } from '../lib/index.ts'
import { turn } from './support/wait.ts'

const line = text(delimiter('\n'))

test('bytes that come one by one are kept in few pieces', async () => {
  const [client, server] = memoryPair()
  const peer = dialog(client)
  const talk = dialog(server)
  const sent = Buffer.from(Array.from({ length: 65_000 }, (_, index) => index))
  for (let at = 0; at < sent.length; at++) {
    await peer.write(sent.subarray(at, at + 1))
    if (at % 1000 === 0) await turn()
  }
  for (let turns = 0; turns < 3; turns++) await turn()
  assert.equal(talk.unreadBytes, 65_000)
  peer.end()
  talk.detach()
  const first = await server.source[Symbol.asyncIterator]().next()
  assert.ok(first.value.length < 40, `${first.value.length} pieces`)
  assert.deepEqual(Buffer.concat(first.value), sent)
  server.abort()
})

test('bytes of a frame that come one by one while it is read are kept in few pieces', async () => {
  const [client, server] = memoryPair()
  const peer = dialog(client)
  const talk = dialog(server)
  const stop = new AbortController()
  const reading = talk.next(length({ prefix: 4 }), { signal: stop.signal })
  await peer.write(Buffer.from([0, 1, 0, 0]))
  for (let sent = 0; sent < 65_000; sent++) {
    await peer.write(Buffer.of(sent))
    if (sent % 100 === 0) await turn()
  }
  for (let turns = 0; turns < 3; turns++) await turn()
  stop.abort(new Error('enough'))
  await assert.rejects(reading, /enough/)
  assert.equal(talk.unreadBytes, 65_004)
  talk.detach()
  const first = await server.source[Symbol.asyncIterator]().next()
  assert.ok(first.value.length < 40, `${first.value.length} pieces`)
  server.abort()
})

test('reads that are aborted at any moment take nothing away', async () => {
  const wire = Buffer.from('first\n\0\x06second\0\0\0\x05thirdrest')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 40 }), fc.array(fc.boolean()), async (sizes, aborts) => {
      const [client, server] = memoryPair()
      const peer = dialog(client)
      const talk = dialog(server)
      let at = 0
      const say = async (size: number): Promise<void> => {
        await peer.write(wire.subarray(at, at + size))
        at += size
        await turn()
        await turn()
      }
      const again = async <T>(read: (options: { signal?: AbortSignal }) => Promise<T>): Promise<T> => {
        while (aborts.shift() === true) {
          const stop = new AbortController()
          const reading = read({ signal: stop.signal }).catch((error: unknown) => ({ error }))
          await say(sizes.shift() ?? 0)
          stop.abort(new Error('enough'))
          const result = await reading
          if (typeof result !== 'object' || result === null || !('error' in result)) return result as T
        }
        const reading = read({})
        if (at < wire.length) await say(sizes.shift() ?? wire.length)
        await say(wire.length)
        return reading
      }
      assert.equal(await again((options) => talk.next(line, options)), 'first')
      assert.equal(await again((options) => talk.next(text(length({ prefix: 2 })), options)), 'second')
      assert.deepEqual(Buffer.from(await again((options) => talk.read(3, options))), Buffer.alloc(3))
      assert.equal(await again((options) => talk.next(text(length({ prefix: 1 })), options)), 'third')
      await say(wire.length)
      peer.end()
      assert.equal(Buffer.concat(await pipe(talk.detach(), collect())).toString(), 'rest')
    })
  )
})
