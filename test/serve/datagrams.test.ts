/**
 * The rules for datagrams as a service keeps them, on real sockets: refusals told and counted, sizes, the receive buffer.
 */
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { type TestContext, test } from 'node:test'
import { fakeClock } from 'it-serve/laws'
import { askDatagram, drain, ListenError, map, openDatagrams, pipe, type Server } from '../../lib/index.ts'
import { broadcast } from '../../servers/broadcast.ts'
import { echo } from '../../servers/echo.ts'
import { time } from '../../servers/time.ts'
import { hostAndPort } from '../support/raw.ts'
import { batches, start } from '../support/service.ts'
import { Bell, turn } from '../support/wait.ts'

const listen = 'udp://127.0.0.1:0'

/** Turns of the loop until something is so, for 5 s at most. */
async function until(is: () => boolean): Promise<void> {
  const late = performance.now() + 5_000
  while (!is()) {
    assert.ok(performance.now() < late, `not in time: ${is}`)
    await turn()
  }
}

/** A plain socket that counts what comes. */
class Mouth {
  readonly heard: string[] = []
  readonly #socket: Socket
  readonly #bell = new Bell()

  constructor(socket: Socket) {
    this.#socket = socket.on('message', (bytes) => {
      this.heard.push(bytes.toString('latin1'))
      this.#bell.ring()
    })
  }

  static async open(t: TestContext, port = 0, host = '127.0.0.1'): Promise<Mouth> {
    const socket = createSocket('udp4')
    t.after(() => socket.close())
    await new Promise<void>((resolve) => socket.bind(port, host, resolve))
    return new Mouth(socket)
  }

  say(endpoint: string, bytes: string | Uint8Array): Promise<void> {
    const { host, port } = hostAndPort(endpoint)
    return new Promise((resolve, reject) =>
      this.#socket.send(bytes, port, host, (error) => (error === null ? resolve() : reject(error)))
    )
  }

  /** Waits for so many answers. */
  count(wanted: number): Promise<true> {
    return this.#bell.until(() => this.heard.length >= wanted || undefined, `${wanted} answers`)
  }
}

test('the receive buffer is raised, and what the kernel gave is told', async (t) => {
  const { books } = await start(t, echo, { listen: [listen, 'tcp://127.0.0.1:0'] })
  const [buffer, ...more] = books.all('receive-buffer')
  assert.equal(more.length, 0)
  assert.equal(buffer?.askedBytes, 4 * 2 ** 20)
  const plain = createSocket('udp4')
  await new Promise<void>((resolve) => plain.bind(0, '127.0.0.1', resolve))
  assert.ok((buffer?.gotBytes ?? 0) >= plain.getRecvBufferSize(), `${buffer?.gotBytes} bytes`)
  plain.close()
  t.diagnostic(`asked for ${buffer?.askedBytes} bytes, got ${buffer?.gotBytes}`)
  const other = await openDatagrams(listen, { receiveBytes: 1 })
  assert.ok(other.receiveBytes > 1, 'it is never lowered')
  await other.close()
})

test('a rate that is set holds on loopback too: told once a second by reason, counted, and the next second heard', async (t) => {
  const clock = fakeClock()
  const datagrams = { ratePerSecond: 5, burst: 3, clock }
  const { service, books, endpoint } = await start(t, echo, { listen, datagrams })
  const mouth = await Mouth.open(t)
  for (let index = 0; index < 50; index++) await mouth.say(endpoint, String(index))
  await until(() => service.stats.refusedDatagrams.rate >= 47)
  await mouth.count(3)
  assert.deepEqual(books.all('refuse-datagrams'), [])
  await clock.advance(1_000)
  assert.deepEqual(books.all('refuse-datagrams'), [
    { type: 'refuse-datagrams', server: 'echo', endpoint, reason: 'rate', datagrams: 47 }
  ])
  await mouth.say(endpoint, 'later')
  await mouth.count(4)
  assert.deepEqual(mouth.heard, ['0', '1', '2', 'later'])
  assert.equal(service.stats.refusedDatagrams.rate, 47)
})

test('what is not told yet when a service stops is told then', async (t) => {
  const { service, books, endpoint } = await start(t, echo, { listen, datagrams: { ratePerSecond: 1, burst: 1 } })
  const mouth = await Mouth.open(t)
  for (let index = 0; index < 10; index++) await mouth.say(endpoint, 'x')
  await until(() => service.stats.refusedDatagrams.rate >= 9)
  await service.stop()
  const told = books.all('refuse-datagrams').reduce((sum, { datagrams }) => sum + datagrams, 0)
  assert.equal(told, 9)
})

test('two services of one process: neither answers a datagram from the other’s port', async (t) => {
  const one = await start(t, echo, { listen })
  const other = await start(t, time, { listen })
  // A handler that answers whatever comes, from a port of ours: the two would go on for ever.
  const both = [one.endpoint, other.endpoint].map((to) => ({ bytes: Buffer.from('x'), remote: hostAndPort(to) }))
  const loud: Server = {
    name: 'loud',
    endpoints: [listen],
    datagrams: { replies: 'any' },
    openDatagrams: () => async (socket) => {
      await socket.sink(batches(both))
      await pipe(socket, drain())
    }
  }
  const { service } = await start(t, loud, { listen })
  await until(() => one.service.stats.refusedDatagrams.own_port + other.service.stats.refusedDatagrams.own_port >= 2)
  assert.deepEqual(
    Object.values(service.stats.refusedDatagrams).filter((count) => count > 0),
    []
  )
})

test('a source port below 1024 is not answered, unless that is switched off', async (t) => {
  const low = await lowPort(t)
  if (low === undefined) return t.skip('needs the right to bind a port below 1024')
  const strict = await start(t, echo, { listen })
  const open = await start(t, echo, { listen, datagrams: { leastSourcePort: 0 } })
  await low.say(strict.endpoint, 'to the strict')
  await low.say(open.endpoint, 'to the open')
  await low.count(1)
  await until(() => strict.service.stats.refusedDatagrams.privileged_port >= 1)
  assert.deepEqual(low.heard, ['to the open'])
})

/** A socket at any free port below 1024. */
async function lowPort(t: TestContext): Promise<Mouth | undefined> {
  for (let port = 1023; port > 1000; port--) {
    const mouth = await Mouth.open(t, port).catch(() => undefined)
    if (mouth !== undefined) return mouth
    if (process.getuid?.() !== 0) return undefined
  }
  return undefined
}

test('a reply is no longer than its request; of the time, than 64 bytes; longer where it is allowed', async (t) => {
  const strict = await start(t, time, { listen })
  const generous = await start(t, time, { listen, datagrams: { replyBytes: 200 } })
  const mouth = await Mouth.open(t)
  const long = '%c%c%c'
  await mouth.say(strict.endpoint, long)
  await until(() => strict.service.stats.refusedDatagrams.reply_too_large >= 1)
  assert.equal(mouth.heard.length, 0)
  assert.equal((await askDatagram(generous.endpoint, Buffer.from(long))).length, 72)
  // A request of as many bytes as its answer has.
  assert.equal((await askDatagram(strict.endpoint, Buffer.from(`%c%c${'%%'.repeat(54)}`))).length, 102)
})

test('every length asked of echo and time: never more back than came, or 64 bytes', async (t) => {
  const servers = [await start(t, echo, { listen }), await start(t, time, { listen })]
  for (const [index, { endpoint }] of servers.entries()) {
    const mouth = await Mouth.open(t)
    for (let length = 0; length <= 1_472; length += 23) {
      await mouth.say(endpoint, 'x'.repeat(length))
      await mouth.count(mouth.heard.length + 1)
      const got = mouth.heard.at(-1)?.length ?? -1
      if (index === 0) assert.equal(got, length)
      else assert.ok(got <= Math.max(length, 64), `${got} for ${length}`)
    }
  }
})

test('the time does not answer what it would say itself, and the next one is answered', async (t) => {
  const { endpoint } = await start(t, time, { listen })
  const mouth = await Mouth.open(t)
  await mouth.say(endpoint, 'Wed Aug 15 20:35:08 2012')
  await mouth.say(endpoint, 'Wed Aug  5 20:35:08 2012')
  await mouth.say(endpoint, '%%')
  await mouth.count(1)
  assert.deepEqual(mouth.heard, ['%'])
})

test('hostile formats: short or silent, within a millisecond each', async (t) => {
  const { endpoint } = await start(t, time, { listen })
  const mouth = await Mouth.open(t)
  const formats = ['%999999999Y', '%'.repeat(1_000), '%Ez', '%c'.repeat(500), `%${'0'.repeat(1_000)}d`, '%\0%\xff']
  for (let round = 0; round < 20; round++) for (const format of formats) await mouth.say(endpoint, format)
  await mouth.say(endpoint, '%%')
  await until(() => mouth.heard.at(-1) === '%')
  for (const answer of mouth.heard) assert.ok(answer.length <= 128, `${answer.length} bytes`)
})

test('sizes: nothing, the largest and what cannot be sent; the service lives, and its books are right', async (t) => {
  const { service, books, endpoint } = await start(t, echo, { listen })
  const mouth = await Mouth.open(t)
  await mouth.say(endpoint, '')
  await mouth.say(endpoint, new Uint8Array(65_507))
  await assert.rejects(mouth.say(endpoint, new Uint8Array(65_508)), { code: 'EMSGSIZE' })
  await mouth.count(2)
  assert.deepEqual(
    mouth.heard.map(({ length }) => length),
    [0, 65_507]
  )
  assert.deepEqual(
    Object.values(service.stats.refusedDatagrams).filter((count) => count > 0),
    []
  )
  assert.equal(books.all('fault').length, 0)
})

test('a reply to somebody who is gone harms nobody', async (t) => {
  const { endpoint } = await start(t, echo, { listen })
  for (let round = 0; round < 20; round++) {
    const gone = createSocket('udp4')
    await new Promise<void>((resolve) => gone.bind(0, '127.0.0.1', resolve))
    const { host, port } = hostAndPort(endpoint)
    await new Promise<void>((resolve) => gone.send('x', port, host, () => gone.close(resolve)))
  }
  assert.equal(String(await askDatagram(endpoint, Buffer.from('still there?'))), 'still there?')
})

test('a handler that makes up its replies is held to one for each request', async (t) => {
  const twice: Server = {
    name: 'twice',
    endpoints: [listen],
    openDatagrams: () => (socket) =>
      pipe(
        socket,
        map(({ remote }) => ({ bytes: Buffer.from('a'), remote: { ...remote } })),
        socket
      )
  }
  const { service, endpoint } = await start(t, twice, { listen })
  const mouth = await Mouth.open(t)
  await mouth.say(endpoint, 'xx')
  await until(() => service.stats.refusedDatagrams.unasked >= 1)
  assert.deepEqual(mouth.heard, [])
})

test('a broadcast without the right to is a clear error; its own datagrams a receiver does not hear', async (t) => {
  const failed: Error[] = []
  const socket = await openDatagrams(listen, { onSendError: (error) => failed.push(error) })
  await socket.sink(batches([{ bytes: new Uint8Array(1), remote: { host: '127.255.255.255', port: 9 } }]))
  assert.match(String(failed[0]), /EACCES|permission/)
  await socket.close()
  const lines: string[] = []
  const { service, endpoint } = await start(t, broadcast, { listen, report: (line) => lines.push(line) })
  // What it says itself would come from its own port; another socket at that port stands for it.
  const mouth = await Mouth.open(t, hostAndPort(endpoint).port, '127.0.0.2')
  await mouth.say(endpoint, 'from the same port')
  await until(() => service.stats.refusedDatagrams.own_port >= 1)
  assert.deepEqual(lines, [])
  await assert.rejects(openDatagrams(endpoint), ListenError)
})
