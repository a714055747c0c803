/** UDP: datagrams keep their peers, queues are bounded and counted, what cannot be sent is reported and nothing else. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import {
  askDatagram,
  ConnectError,
  type Datagram,
  forEach,
  InUseError,
  InvalidOptionError,
  ListenError,
  map,
  openDatagrams,
  parseEndpoint,
  pipe
} from '../../lib/index.ts'

const anyPort = 'udp://127.0.0.1:0'

test('each datagram goes back to where it came from; empty and largest ones too', async () => {
  await using socket = await openDatagrams(anyPort)
  const echoing = pipe(
    socket,
    map(({ bytes, remote }) => ({ bytes, remote })),
    socket
  )
  const sizes = [0, 1, 1472, 65_507]
  const answers = await Promise.all(sizes.map((size) => askDatagram(socket.endpoint, Buffer.alloc(size, size % 256))))
  assert.deepEqual(
    answers.map((bytes) => bytes.byteLength),
    sizes
  )
  assert.ok(answers.every((bytes, index) => bytes.every((byte) => byte === (sizes[index] as number) % 256)))
  await socket.close()
  await echoing.catch(() => {})
})

test('over IPv6 as well', async (t) => {
  const socket = await openDatagrams('udp://[::1]:0').catch(() => undefined)
  if (socket === undefined) return t.skip('this machine has no IPv6 loopback')
  const echoing = pipe(socket, socket)
  assert.deepEqual(Buffer.from(await askDatagram(socket.endpoint, Buffer.from('six'))).toString(), 'six')
  await socket.close()
  await echoing.catch(() => {})
})

test('what cannot be sent is reported, and the rest goes on', async () => {
  const failed: string[] = []
  await using socket = await openDatagrams(anyPort, {
    onSendError: (_, { bytes }) => failed.push(String(bytes.byteLength))
  })
  const ear = createSocket('udp4')
  await new Promise<void>((resolve) => ear.bind(0, '127.0.0.1', resolve))
  const heard = once(ear, 'message')
  const remote = { host: '127.0.0.1', port: ear.address().port }
  async function* batches(): AsyncGenerator<Datagram[]> {
    yield [
      { bytes: new Uint8Array(65_508), remote },
      { bytes: new Uint8Array(3), remote: { ...remote, port: 0 } },
      { bytes: new Uint8Array(5), remote }
    ]
  }
  await socket.sink(batches())
  assert.equal(((await heard)[0] as Uint8Array).byteLength, 5)
  assert.deepEqual(failed.sort(), ['3', '65508'])
  ear.close()
})

test('behind a reader that never reads, newer datagrams are dropped and counted', async () => {
  let told = 0
  await using socket = await openDatagrams(anyPort, { maxWaiting: 4, onDrop: (count) => (told += count) })
  const mouth = createSocket('udp4')
  const { port } = parseEndpoint(socket.endpoint) as { port: number }
  const all = 20
  for (let index = 0; index < all; index++) {
    await new Promise((resolve) => mouth.send(String(index), port, '127.0.0.1', resolve))
  }
  while (socket.dropped < all - 4) await new Promise((resolve) => setImmediate(resolve))
  mouth.close()
  const heard: string[] = []
  const reading = pipe(
    socket,
    forEach(({ bytes }) => void heard.push(Buffer.from(bytes).toString()))
  )
  while (heard.length < 4) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(heard, ['0', '1', '2', '3'])
  assert.equal(told, all - 4)
  await socket.close()
  await reading
})

test('an unanswered question gives up after its tries, and says so', async () => {
  await using silent = await openDatagrams(anyPort)
  let asked = 0
  const counting = pipe(
    silent,
    forEach(() => void asked++)
  )
  await assert.rejects(askDatagram(silent.endpoint, Buffer.from('?'), { tries: 3, timeoutMs: 5 }), (error) => {
    return error instanceof ConnectError && /no answer to 3 tries within 35 ms/.test(error.message)
  })
  assert.equal(asked, 3)
  const stop = new AbortController()
  const given = askDatagram(silent.endpoint, Buffer.from('?'), { signal: stop.signal })
  stop.abort(new Error('no longer'))
  await assert.rejects(given, /no longer/)
  await silent.close()
  await counting
})

test('nobody there, a taken port and a wrong endpoint are told apart', async () => {
  const gone = await openDatagrams(anyPort)
  const { endpoint } = gone
  await assert.rejects(openDatagrams(endpoint), ListenError)
  await gone.close()
  await assert.rejects(askDatagram(endpoint, Buffer.from('?')), /nobody listens there/)
  await assert.rejects(openDatagrams('tcp://127.0.0.1:0'), InvalidOptionError)
  await assert.rejects(askDatagram('udp://127.0.0.1', Buffer.from('?')), InvalidOptionError)
})

test('its source is read once', async () => {
  await using socket = await openDatagrams(anyPort)
  const reading = pipe(
    socket,
    forEach(() => {})
  )
  await assert.rejects(
    pipe(
      socket,
      forEach(() => {})
    ),
    InUseError
  )
  await socket.close()
  await reading
})
