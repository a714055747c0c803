/**
 * Upstream: what a plain transform reads from.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InUseError } from '../../lib/errors.ts'
import { Upstream } from '../../lib/stream/upstream.ts'
import { Deferred, Scripted, settles } from './support.ts'

test('it gives the batches that are not empty, then nothing for ever', async () => {
  const upstream = new Upstream(new Scripted([[], [1], [], [2, 3]]), { taken: false })
  const read = []
  for (let count = 0; count < 4; count++) read.push(await upstream.read())
  assert.deepEqual([read, upstream.over], [[[1], [2, 3], undefined, undefined], true])
})

test('a fault is thrown once', async () => {
  const upstream = new Upstream(new Scripted<number>([], { fault: new Error('source') }), { taken: false })
  await assert.rejects(upstream.read(), /source/)
  assert.deepEqual([await upstream.read(), upstream.over, upstream.reading], [undefined, true, false])
})

test('the source belongs to the first that reads or closes', async () => {
  const source = new Scripted([[1]])
  const claim = { taken: false }
  const [first, second, third] = [1, 2, 3].map(() => new Upstream(source, claim))
  await first!.close()
  await assert.rejects(second!.read(), InUseError)
  assert.equal(second!.over, true)
  await third!.close()
  assert.deepEqual([source.reads, source.returned], [0, 0])
})

test('once it is closed, neither a batch nor a fault of the read that was out comes through', async () => {
  const lates = [async () => ({ done: false, value: [1] }), async () => Promise.reject(new Error('late'))]
  for (const late of lates) {
    const gate = new Deferred()
    const upstream = new Upstream<number>(
      { [Symbol.asyncIterator]: () => ({ next: () => gate.promise.then(late) }) },
      { taken: false }
    )
    const read = upstream.read()
    await upstream.close()
    gate.resolve()
    assert.equal(await settles(read), undefined)
  }
})

test('closing waits for the return() of the source, but not behind a read that may never answer', async () => {
  const fails = {
    next: async () => ({ done: false, value: [1] }),
    return: async () => Promise.reject(new Error('return'))
  }
  const idle = new Upstream<number>({ [Symbol.asyncIterator]: () => fails }, { taken: false })
  await idle.read()
  await assert.rejects(idle.close(), /return/)
  await idle.close()

  async function* silent(): AsyncGenerator<number[]> {
    await new Promise(() => {})
    yield [1]
  }
  const busy = new Upstream(silent(), { taken: false })
  busy.read()
  assert.equal(busy.reading, true)
  await settles(busy.close())
  assert.equal(busy.over, true)
})
