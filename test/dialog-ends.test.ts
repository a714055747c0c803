/** The ends of a dialog: what is written behind one is refused and never lost, and what ends with the stream is read once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batched,
  CallerError,
  type Codec,
  close,
  collect,
  delimiter,
  dialog,
  halfClose,
  InUseError,
  memoryPair,
  pipe,
  text
} from '../lib/index.ts'
import { turn, within } from './support/wait.ts'
import { transports } from './switching/transports.ts'

const line = text(delimiter('\n'))

for (const [name, open] of transports) {
  test(`what is written behind an end is refused (${name})`, async () => {
    await using ends = await open()
    const talk = dialog(ends.client)
    await talk.send(line, 'last words')
    talk.end()
    await assert.rejects(talk.write(Buffer.from('lost')), CallerError)
    await assert.rejects(talk.send(line, 'lost'), /ended/)
    talk.end()
    const heard = await pipe(ends.server, collect())
    assert.equal(Buffer.concat(heard).toString(), 'last words\n')
  })

  test(`what is written behind an abort is refused with its reason (${name})`, async () => {
    await using ends = await open()
    const talk = dialog(ends.client)
    const reason = new Error('enough')
    ends.client.abort(reason)
    for (const write of [() => talk.write(Buffer.from('lost')), () => talk.send(line, 'lost')]) {
      await assert.rejects(write(), (error) => error === reason)
      await turn()
    }
    await assert.rejects(talk.read(1), (error) => error === reason)
  })

  test(`what is written behind a close is refused (${name})`, async () => {
    await using ends = await open()
    const talk = dialog(ends.client)
    const closed = ends.client.close()
    await turn()
    await assert.rejects(talk.write(Buffer.from('lost')), /closed by our side/)
    await ends.server.close()
    await closed
    await assert.rejects(talk.write(Buffer.from('lost')), /closed by our side/)
  })

  test(`a frame that ends with the stream is sent with its end, and read once (${name})`, async () => {
    await using ends = await open()
    const asking = dialog(ends.client)
    const answering = dialog(ends.server)
    await asking.send(text(halfClose()), 'how long is this?')
    await assert.rejects(asking.send(line, 'lost'), CallerError)
    const question = await within(answering.next(text(halfClose())), 'the question', 5_000)
    await answering.send(text(close()), `${question?.length} letters`)
    assert.equal(await asking.next(text(close())), '17 letters')
    assert.equal(await asking.next(text(close())), undefined)
    assert.equal(await answering.next(close()), undefined)
  })
}

test('the end of an empty stream is one empty frame, then there is none', async () => {
  const [client, server] = memoryPair()
  dialog(client).end()
  const talk = dialog(server)
  assert.deepEqual(await talk.next(close()), new Uint8Array(0))
  assert.equal(await talk.next(close()), undefined)
  assert.equal(await talk.next(line), undefined)
  server.abort()
})

test('the last frames of an encoder that keeps some back are sent', async () => {
  const [client, server] = memoryPair()
  const lazy: Codec<string> = {
    ...line,
    name: 'lazy',
    encoder() {
      const inner = line.encoder()
      let kept: string[] = []
      return {
        push: (batch) => {
          kept = kept.concat(batch)
        },
        end: (out) => inner.push(kept, out)
      }
    }
  }
  await dialog(client).send(lazy, 'here')
  assert.equal(await within(dialog(server).next(line), 'the frame', 2_000), 'here')
  server.abort()
})

test('a write that waits for room is over with the dialog, and its bytes come first', async () => {
  const [client, server] = memoryPair({ highWaterBytes: 4 })
  const talk = dialog(client)
  const waiting = talk.write(Buffer.from('first '))
  const peer = talk.detach()
  await within(waiting, 'the write', 2_000)
  assert.throws(() => talk.end(), InUseError)
  const sent = pipe(batched([Buffer.from('second')]), peer)
  assert.equal(Buffer.concat(await pipe(server, collect())).toString(), 'first second')
  await sent
  server.abort()
})
