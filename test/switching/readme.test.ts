/** What the README shows of switching. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { switching } from '../../lib/codec/switching.ts'
import {
  batched,
  type Codec,
  collect,
  decode,
  delimiter,
  dialog,
  encode,
  fixed,
  length,
  map,
  memoryPair,
  pipe
} from '../../lib/index.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

test('a body behind each head', async () => {
  const [client, peer] = memoryPair()

  // A head says how long the body behind it is, and behind the body comes the next head.
  const http: Codec<Uint8Array> = switching(delimiter('\r\n\r\n'), (head) => {
    const [, size = 0] = /^content-length: (\d+)/im.exec(new TextDecoder().decode(head)) ?? []
    return Number(size) === 0 ? undefined : { codec: switching(fixed(Number(size)), () => http), mayEnd: false }
  })
  const echoed = pipe(
    peer,
    decode(http),
    map((frame) => frame),
    encode(http),
    peer
  )

  const sent = ['GET / HTTP/1.1', 'POST / HTTP/1.1\r\nContent-Length: 5', 'hello', 'GET / HTTP/1.1'].map(bytes)
  assert.deepEqual(await pipe(batched(sent), encode(http), client, decode(http), collect()), sent)
  await echoed
})

test('one byte of no framing, and none behind it', async () => {
  const [client, postgres] = memoryPair()
  const server = dialog(postgres)
  await server.write(bytes('N'))

  // PostgreSQL answers a request for TLS with one byte. More of them, and somebody else is on the line.
  const login = dialog(client)
  await login.send(length({ prefix: 4, counts: 'itself' }), Uint8Array.of(0x04, 0xd2, 0x16, 0x2f))
  const [answer] = await login.read(1, { unread: 'reject' })

  assert.equal(answer, 0x4e)
  assert.deepEqual(Buffer.from(await server.read(8)), Buffer.from('0000000804d2162f', 'hex'))
})
