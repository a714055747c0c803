/**
 * Bad input gets a clear error and loses nothing: floods, resets, odd datagrams, bytes that are no text.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FrameTooLargeError, MalformedFrameError } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { zen } from '../../servers/zen.ts'
import { endpointOf, itServe, skipUnless } from '../support/program.ts'
import { pythonClient, pythonDatagrams } from '../support/python.ts'
import { directory } from '../support/raw.ts'
import { start } from '../support/service.ts'

const noPython = skipUnless('python3')
const listen = ['tcp://127.0.0.1:0', `unix:${directory()}/bad`]

test('a question without end is refused at its limit, and memory stays flat', { skip: noPython }, async (t) => {
  const server = itServe('serve', 'zen', '--port', '0', '--linger-ms', '50')
  t.after(() => server.kill())
  const to = await endpointOf(server)
  const client = pythonClient(t, 'socket')
  const flood = async (): Promise<void> => {
    for (let round = 0; round < 8; round++) {
      // What was asked in order before the flood is answered.
      const outcome = await client.ask({ to, pieces: ['Simple is better than?', 'x'.repeat(4_000_000)] })
      assert.deepEqual(outcome, { got: 'Complex.', how: 'fin' })
    }
  }
  await flood()
  const before = residentBytes(server.pid)
  await flood()
  const grown = residentBytes(server.pid) - before
  assert.ok(grown < 16_000_000, `${grown} bytes more behind a flood of 32,000,000`)
  assert.deepEqual(await client.ask({ to, pieces: ['Simple is better than?'] }), { got: 'Complex.', how: 'fin' })
  const closes = server.lines('stderr').filter((line) => line.includes('frame_too_large'))
  assert.ok(closes.length > 0, 'the reason is in the log')
})

/** What a process holds in memory; 0 where the system does not tell. */
function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

test('a question over the limit by one byte is refused, one at the limit is answered', {
  skip: noPython
}, async (t) => {
  const { endpoint, books } = await start(t, zen)
  const client = pythonClient(t, 'socket')
  const unknown = 'Error: unknown aphorism.'
  const fits = await client.ask({ to: endpoint, pieces: [`${'x'.repeat(1023)}?`] })
  assert.deepEqual(fits, { got: unknown, how: 'fin' })
  const over = await client.ask({ to: endpoint, pieces: ['Why?', `${'x'.repeat(1024)}?`, 'Why?'] })
  assert.deepEqual(over, { got: unknown, how: 'fin' })
  await books.count('close', 2)
  assert.deepEqual(books.reasons(), ['finished', 'frame_too_large'])
  assert.ok(books.all('fault')[0]?.error instanceof FrameTooLargeError)
})

test('a client that resets in the middle costs itself only', { skip: noPython }, async (t) => {
  const { service, books } = await start(t, zen, { listen: listen[0] as string })
  const [to] = service.endpoints as [string]
  const client = pythonClient(t, 'socket')
  const neighbour = pythonClient(t, 'socket')
  for (let round = 0; round < 10; round++) {
    const [, outcome] = await Promise.all([
      client.ask({ to, pieces: ['Simple is better than?Simple is'], reset: true }),
      neighbour.ask({ to, pieces: ['Simple is ', 'better than?'] })
    ])
    assert.deepEqual(outcome, { got: 'Complex.', how: 'fin' })
  }
  await books.count('close', 20)
  const { peer_reset: reset, finished } = service.stats.closed
  assert.deepEqual([reset, finished], [10, 10])
})

test('a client that closes without reading its answers loses them, and nobody else does', {
  skip: noPython
}, async (t) => {
  const { service, books } = await start(t, zen, { listen })
  const client = pythonClient(t, 'socket')
  for (const to of service.endpoints) {
    await client.ask({ to, pieces: ['Simple is better than?'.repeat(2_000)], close: true })
    assert.deepEqual(await client.ask({ to, pieces: ['Simple is better than?'] }), { got: 'Complex.', how: 'fin' })
  }
  await books.count('close', 4)
  for (const reason of books.reasons()) assert.match(reason, /^(finished|peer_reset)$/)
})

test('a question that is no UTF-8 is malformed; what came before it is answered', { skip: noPython }, async (t) => {
  const { service, books } = await start(t, zen, { listen })
  const client = pythonClient(t, 'socket')
  for (const to of service.endpoints) {
    const outcome = await client.ask({ to, pieces: ['Simple is better than?', '\xff\xfe?Simple is better than?'] })
    assert.deepEqual(outcome, { got: 'Complex.', how: 'fin' })
  }
  for (const { reason, error } of await books.count('close', 2)) {
    assert.equal(reason, 'malformed')
    assert.ok(error instanceof MalformedFrameError)
  }
})

test('datagrams of every size come back, also an empty one and the largest there is', { skip: noPython }, async (t) => {
  const { endpoint } = await start(t, echo, { listen: 'udp://127.0.0.1:0' })
  const client = pythonDatagrams(t)
  for (const say of ['', 'x', '\xff\xfe\0', 'x'.repeat(1_472), 'y'.repeat(65_507)]) {
    assert.deepEqual(await client.ask({ to: endpoint, say, wait: 5 }), { got: say })
  }
  // One more byte is no datagram: the system says so.
  assert.deepEqual(await client.ask({ to: endpoint, say: 'x'.repeat(65_508), wait: 5 }), { error: 'OSError' })
})
