/** Dialogs: exactly what was asked for is read, nothing is lost by an abort or a switch, and detaching keeps or rejects. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  batched,
  type Connection,
  collect,
  decode,
  delimiter,
  dialog,
  encode,
  InUseError,
  length,
  memoryPair,
  ProtocolError,
  pipe,
  text,
  UnexpectedEndError
} from '../lib/index.ts'

const line = text(delimiter('\n'))
const message = text(length({ prefix: 2 }))

async function* pieces(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array[]> {
  const borders = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  for (const [index, from] of borders.entries()) yield [bytes.subarray(from, borders[index + 1] ?? from)]
}

function encoded(): Uint8Array {
  const out: Uint8Array[] = []
  line.encoder().push(['hello', 'upgrade'], out)
  message.encoder().push(['one', 'two'], out)
  return Buffer.concat([...out, Buffer.from('raw tail')])
}

test('a dialog switches codecs mid-stream and hands the rest over, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(64), { maxLength: 8 }), async (cuts) => {
      const [client, server] = memoryPair()
      const sent = client.sink(pieces(encoded(), cuts))
      const talk = dialog(server)
      assert.equal(await talk.next(line), 'hello')
      assert.equal(Buffer.from(await talk.read(3)).toString(), 'upg')
      assert.equal(await talk.next(line), 'rade')
      assert.equal(await talk.next(message), 'one')
      const rest = await pipe(talk.detach(), collect())
      assert.deepEqual(Buffer.concat(rest), Buffer.concat([Buffer.from('\0\x03two'), Buffer.from('raw tail')]))
      await Promise.all([sent, server.close(), client.close()])
    })
  )
})

test('a detached connection is driven and answers as any other', async () => {
  const [client, server] = memoryPair()
  const done = (async () => {
    const talk = dialog(server)
    const name = await talk.next(line)
    await talk.send(line, `welcome ${name}`)
    const peer: Connection = talk.detach()
    await pipe(peer, decode(line), encode(line), peer)
  })()
  const heard = await pipe(batched(['ada', 'one', 'two']), encode(line), client, decode(line), collect())
  assert.deepEqual(heard, ['welcome ada', 'one', 'two'])
  await done
})

test('an aborted read loses nothing', async () => {
  const [client, server] = memoryPair()
  const talk = dialog(server)
  const typist = dialog(client)
  await typist.write(Buffer.from('hel'))
  const stop = new AbortController()
  const half = talk.next(line, { signal: stop.signal })
  const arrived = talk.read(0).catch((error: unknown) => error)
  assert.ok((await arrived) instanceof InUseError, 'one read at a time')
  stop.abort(new Error('never mind'))
  await assert.rejects(half, /never mind/)
  await typist.write(Buffer.from('lo\n'))
  assert.equal(await talk.next(line), 'hello')
})

test('the end between frames is undefined, inside one an error that keeps what came', async () => {
  const [client, server] = memoryPair()
  const sent = client.sink(pieces(Buffer.from('whole\ncut'), []))
  const talk = dialog(server)
  assert.equal(await talk.next(line), 'whole')
  await assert.rejects(
    talk.read(9),
    (error) => error instanceof UnexpectedEndError && error.had === 3 && error.needed === 9
  )
  await assert.rejects(talk.next(line), (error) => error instanceof UnexpectedEndError && error.had === 3)
  assert.equal(await talk.next(line), undefined)
  await sent
})

test('bytes smuggled in front of an upgrade can be rejected', async () => {
  const [client, server] = memoryPair()
  const sent = client.sink(pieces(Buffer.from('STARTTLS\nevil\n'), []))
  const talk = dialog(server)
  assert.equal(await talk.next(line), 'STARTTLS')
  assert.throws(() => talk.detach({ unread: 'reject' }), ProtocolError)
  assert.equal(await talk.next(line), 'evil')
  talk.detach({ unread: 'reject' })
  await assert.rejects(talk.read(1), InUseError)
  await sent
})

test('a write waits for a reader, and rejects when the peer is gone', async () => {
  const [client, server] = memoryPair({ highWaterBytes: 4 })
  const talk = dialog(client)
  const stuck = talk.write(Buffer.from('too much'))
  server.abort(new Error('gone'))
  await assert.rejects(stuck, /reset/)
  await assert.rejects(talk.read(1), /reset/)
})

test('a connection that is read already takes no dialog', async () => {
  const [client] = memoryPair()
  void client.source[Symbol.asyncIterator]().next()
  assert.throws(() => dialog(client), InUseError)
  assert.throws(() => dialog({ ...client } as Connection), TypeError)
})
