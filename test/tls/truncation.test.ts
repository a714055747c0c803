/**
 * A TLS stream that was cut is never taken for one that ended (B3), and one with a bit flipped gives out no wrong byte (B4).
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import {
  ConnectError,
  ConnectionError,
  ConnectionResetError,
  collect,
  connect,
  pipe,
  TruncatedError
} from '../../lib/index.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { naive } from '../support/naive.ts'
import { pattern } from '../support/raw.ts'
import { batches, handling, start } from '../support/service.ts'
import { cutter, dialTls } from '../support/tls-peers.ts'
import { within } from '../support/wait.ts'

const skip = noOpenssl
const rounds = 200 * Number(process.env.IT_SERVE_RUNS ?? 1)
const message = pattern(40_000)
const tells = handling((peer) => peer.sink(batches([message])))

async function whole(endpoint: string, ca: string): Promise<Buffer> {
  const connection = await connect(endpoint, { tls: { ca } })
  try {
    return Buffer.concat(await within(pipe(connection, collect()), 'the end of the stream'))
  } finally {
    connection.abort()
  }
}

for (const readBuffers of [true, false]) {
  test(`cut at ${rounds} places: reported every time${readBuffers ? '' : ', without read buffers'}`, {
    skip
  }, async (t) => {
    const pair = certify({ rsa: true })
    const { endpoint } = await start(t, tells, { listen: 'tls://127.0.0.1:0', tls: pair })
    const line = await cutter(t, endpoint)
    assert.deepEqual(await whole(line.endpoint, pair.cert), message)
    const all = line.passed
    let inStream = 0
    for (let round = 0; round < (readBuffers ? rounds : rounds / 4); round++) {
      // The last places are those where all has come but the end itself.
      const place = round < 30 ? all - 1 - round : randomInt(1, all)
      line.cutAt(place)
      const connecting = connect(line.endpoint, { tls: { ca: pair.cert }, readBuffers })
      const outcome = await connecting.then(
        async (connection) => {
          const error = await within(pipe(connection, collect()), 'the fault').then(
            () => undefined,
            (reason: unknown) => reason
          )
          assert.ok(error instanceof ConnectionResetError, `cut at ${place} of ${all}: ${String(error ?? 'an end')}`)
          assert.ok(error.cause instanceof TruncatedError, String(error.cause))
          inStream++
          connection.abort()
        },
        (error: unknown) => assert.ok(error instanceof ConnectionError, String(error))
      )
      assert.equal(outcome, undefined)
    }
    assert.ok(inStream > rounds / 8, `${inStream} of the cuts were behind the handshake`)
  })
}

for (const readBuffers of [true, false]) {
  test(`a reader that holds the line back sees the same ends${readBuffers ? '' : ', without read buffers'}`, {
    skip
  }, async (t) => {
    const pair = certify()
    const large = pattern(600_000)
    const handle = handling((peer) => peer.sink(batches([large])))
    const { endpoint } = await start(t, handle, { listen: 'tls://127.0.0.1:0', tls: pair })
    const line = await cutter(t, endpoint)
    const slowly = async (): Promise<Buffer> => {
      const connection = await connect(line.endpoint, { tls: { ca: pair.cert }, readBuffers })
      const got: Uint8Array[] = []
      try {
        for await (const batch of connection.source) {
          got.push(...batch)
          for (let turn = 0; turn < 3; turn++) await setImmediate()
        }
      } finally {
        connection.abort()
      }
      return Buffer.concat(got)
    }
    for (let round = 0; round < 10; round++) assert.deepEqual(await within(slowly(), 'the end'), large)
    const all = line.passed
    for (let round = 0; round < 20; round++) {
      line.cutAt(round < 10 ? all - 1 - round : randomInt(all - 500_000, all))
      await assert.rejects(within(slowly(), 'the fault'), ConnectionResetError)
    }
  })
}

test('a server hears of a client that was cut, and its handler of no end', { skip }, async (t) => {
  let ended = 0
  const listens = handling(async (peer) => {
    for await (const _ of peer.source);
    ended++
  })
  const { books, endpoint } = await start(t, listens, { listen: 'tls://127.0.0.1:0', tls: certify() })
  for (let round = 1; round <= 20; round++) {
    const socket = dialTls(endpoint)
    await once(socket, 'secureConnect')
    socket.write(pattern(round * 1_000), () => {
      // A FIN on the line, below TLS.
      const { _handle: handle } = socket as unknown as { _handle: { _parent: unknown } }
      assert.ok(handle)
      socket.destroy()
    })
    await books.count('close', round)
  }
  assert.equal(ended, 0)
  assert.deepEqual(new Set(books.reasons()), new Set(['peer_reset']))
  const [{ error } = { error: undefined }] = books.all('close')
  assert.ok(error instanceof ConnectionResetError)
})

test('T12: Node itself calls a cut stream an end', { skip }, async (t) => {
  const pair = certify()
  const { endpoint } = await start(t, tells, { listen: 'tls://127.0.0.1:0', tls: pair })
  const line = await cutter(t, endpoint)
  await whole(line.endpoint, pair.cert)
  line.cutAt(line.passed - 10_000)
  const socket = dialTls(line.endpoint)
  const how = await new Promise((resolve) => {
    socket
      .on('end', () => resolve('end'))
      .on('error', resolve)
      .resume()
  })
  socket.destroy()
  naive(t, how === 'end', `a cut stream came as: ${String(how)}`)
})

test('a flipped bit behind the handshake: no wrong byte comes out', { skip }, async (t) => {
  const pair = certify()
  const { endpoint } = await start(t, tells, { listen: 'tls://127.0.0.1:0', tls: pair })
  const line = await cutter(t, endpoint)
  await whole(line.endpoint, pair.cert)
  const all = line.passed
  let opened = 0
  for (let round = 0; round < 50; round++) {
    line.flipAt(randomInt(all - 39_000, all))
    const connection = await connect(line.endpoint, { tls: { ca: pair.cert } }).catch((error: Error) => error)
    if (connection instanceof ConnectError) {
      // The server speaks at once: the first thing it said was the broken one.
      assert.match(String(connection.cause), /bad record mac/)
      continue
    }
    if (connection instanceof Error) throw connection
    opened++
    const got: Uint8Array[] = []
    const reading = (async () => {
      for await (const batch of connection.source) got.push(...batch)
    })()
    await assert.rejects(within(reading, 'the fault'), ConnectionError)
    const bytes = Buffer.concat(got)
    assert.deepEqual(bytes, message.subarray(0, bytes.length))
    connection.abort()
  }
  assert.ok(opened > 5, `only ${opened} connections were opened`)
})
