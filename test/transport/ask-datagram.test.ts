/** The asking side of UDP: retries in time, the right answer and no other (matrix, C7). */
import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { type TestContext, test } from 'node:test'
import { fakeClock } from 'it-serve/laws'
import { askDatagram, ConnectError, InvalidOptionError } from '../../lib/index.ts'
import { Bell, turn, within } from '../support/wait.ts'

/** A server that a test answers for. */
class Oracle {
  readonly asked: [bytes: Buffer, from: RemoteInfo][] = []
  readonly socket: Socket
  readonly #bell = new Bell()

  constructor(socket: Socket) {
    this.socket = socket.on('message', (bytes, from) => {
      this.asked.push([bytes, from])
      this.#bell.ring()
    })
  }

  get endpoint(): string {
    return `udp://127.0.0.1:${this.socket.address().port}`
  }

  /** Waits for question number `index`. */
  question(index: number): Promise<[bytes: Buffer, from: RemoteInfo]> {
    return this.#bell.until(() => this.asked[index], `question ${index}`)
  }
}

async function oracle(t: TestContext): Promise<Oracle> {
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return new Oracle(socket)
}

function say(socket: Socket, bytes: Uint8Array | string, to: RemoteInfo): Promise<void> {
  return new Promise((resolve) => socket.send(bytes, to.port, to.address, () => resolve()))
}

test('it asks again after 500, 1000 and 2000 ms, each up to a quarter sooner, and gives up at 7500 ms', async (t) => {
  for (let round = 0; round < 10; round++) {
    const clock = fakeClock()
    const silent = await oracle(t)
    const answer = askDatagram(silent.endpoint, Buffer.from('?'), { clock })
    let over = -1
    answer.catch(() => {
      over = clock.now()
    })
    await silent.question(0)
    const times: number[] = []
    for (let ms = 0; ms + 7 < 7_499; ms += 7) {
      const before = clock.pending
      await clock.advance(7)
      if (clock.pending < before) times.push(clock.now())
    }
    assert.equal(times.length, 3)
    for (const [index, [least, most]] of [
      [375, 507],
      [1_250, 1_507],
      [3_000, 3_507]
    ].entries()) {
      const time = times[index] as number
      assert.ok(time >= (least as number) && time <= (most as number), `try ${index + 2} at ${time} ms`)
    }
    await clock.advance(7_500 - clock.now() - 1)
    assert.equal(over, -1)
    await clock.advance(1)
    await assert.rejects(within(answer, 'the end'), (error) => {
      return error instanceof ConnectError && /no answer to 4 tries within 7500 ms/.test(error.message)
    })
    assert.equal(over, 7_500)
    await silent.question(3)
    assert.equal(silent.asked.length, 4)
  }
})

test('half of everything lost: answered by a later try, or given up at the time that is documented', async (t) => {
  const server = await oracle(t)
  let [answered, gaveUp, seed] = [0, 0, 1]
  for (let round = 0; round < 60; round++) {
    const clock = fakeClock()
    const from = server.asked.length
    let outcome: 'answer' | number | undefined
    askDatagram(server.endpoint, Buffer.from(String(round)), { clock, tries: 3, timeoutMs: 100 }).then(
      () => (outcome = 'answer'),
      () => (outcome = clock.now())
    )
    let heard = from
    for (let ms = 0; outcome === undefined; ms++) {
      assert.ok(ms < 2_000)
      if (server.asked.length > heard) {
        const [bytes, sender] = server.asked[heard++] as [Buffer, RemoteInfo]
        seed = Math.imul(seed, 1_103_515_245) + 12_345
        // A question and its answer must both get through.
        if ((seed >>> 16) % 4 === 0) await say(server.socket, bytes, sender)
      }
      if (server.asked.length > from) await clock.advance(10)
      await turn()
    }
    if (outcome === 'answer') answered++
    else {
      gaveUp++
      assert.ok(Math.abs(outcome - 700) <= 35, `given up at ${outcome} ms`)
    }
  }
  t.diagnostic(`${answered} answered, ${gaveUp} given up`)
  assert.ok(answered > 10 && gaveUp > 5)
})

test('10,000 forged answers, from another port and with another id: none is accepted', async (t) => {
  const server = await oracle(t)
  const forger = await oracle(t)
  const match = (answer: Uint8Array, id: Uint8Array): boolean => Buffer.compare(answer.subarray(0, 16), id) === 0
  let over = false
  const answer = askDatagram(server.endpoint, (id) => Buffer.concat([id, Buffer.from('question')]), {
    match,
    clock: fakeClock()
  }).finally(() => {
    over = true
  })
  const [question, client] = await server.question(0)
  assert.equal(question.length, 16 + 8)
  for (let forged = 0; forged < 10_000; forged++) {
    // From another port even the right id is nothing; from the right port a guess is.
    if (forged % 2 === 0) await say(forger.socket, question, client)
    else await say(server.socket, Buffer.alloc(24, forged), client)
    // So that the client reads them, and its buffer is not what keeps them out.
    if (forged % 20 === 0) await turn()
  }
  await turn()
  assert.equal(over, false)
  await say(server.socket, Buffer.concat([question.subarray(0, 16), Buffer.from('answer')]), client)
  assert.equal(
    Buffer.from(await within(answer, 'the answer'))
      .subarray(16)
      .toString(),
    'answer'
  )
})

test('every question has an id of its own, and every try of it the same', async (t) => {
  const server = await oracle(t)
  const clock = fakeClock()
  const ids: string[] = []
  for (let round = 0; round < 3; round++) {
    const answer = askDatagram(server.endpoint, (id) => id, { clock, tries: 2, timeoutMs: 10 })
    const [first] = await server.question(round * 2)
    await clock.advance(10)
    const [second, client] = await server.question(round * 2 + 1)
    assert.deepEqual(first, second)
    await say(server.socket, second, client)
    assert.deepEqual(Buffer.from(await answer), first)
    ids.push(first.toString('hex'))
  }
  assert.equal(new Set(ids).size, 3)
})

test('late and doubled answers: the first that matches is taken, and a socket and its timers are gone behind it', async (t) => {
  const server = await oracle(t)
  const clock = fakeClock()
  const answer = askDatagram(server.endpoint, Buffer.from('?'), { clock, match: (bytes) => bytes[0] === 0x32 })
  const [, client] = await server.question(0)
  for (const said of ['1', '2', '2', '3']) await say(server.socket, said, client)
  assert.equal(String(await within(answer, 'the answer')), '2')
  assert.equal(clock.pending, 0)
})

test('what cannot be is refused by name', async () => {
  for (const bad of [{ tries: 0 }, { timeoutMs: 0 }, { tries: 40 }]) {
    await assert.rejects(askDatagram('udp://127.0.0.1:9', new Uint8Array(0), bad), InvalidOptionError)
  }
})
