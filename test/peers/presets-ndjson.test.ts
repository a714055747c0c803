/**
 * `jq` behind `socat` reads what we write and writes what we read; and lines as `sed` makes those of Windows of them, and a
 * stream that ends in the middle of a number.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ndjson } from '../../lib/codec/presets/ndjson.ts'
import {
  batched,
  type Connection,
  collect,
  decode,
  encode,
  forEach,
  pipe,
  UnexpectedEndError
} from '../../lib/index.ts'
import { Child } from '../support/child.ts'
import { proved } from '../support/preset-peers.ts'
import { skipUnless } from '../support/program.ts'
import { hostAndPort } from '../support/raw.ts'
import { handling, type Started, start } from '../support/service.ts'

const skip =
  (skipUnless('jq') && 'no jq: apt-get install jq') || (skipUnless('socat') && 'no socat: apt-get install socat')

const values: unknown[] = [
  { name: 'Jörg', tags: ['€', '😀', '山'], nothing: null, yes: true, no: false },
  [[[[]]], {}, { '': [0, -1, 0.5, 2 ** 40] }],
  'line\nfeed\r\n, "quotes", \\ and \u0001',
  0,
  null,
  'x'.repeat(200_000),
  ...Array.from({ length: 10_000 }, (_, id) => ({ id, method: 'ping' }))
]

const to = (endpoint: string): string => {
  const { host, port } = hostAndPort(endpoint)
  return `TCP:${host}:${port}`
}

test('jq gives back every value, in both directions', { skip }, async (t) => {
  const back: unknown[] = []
  const say = async (peer: Connection): Promise<void> => {
    back.push(...(await pipe(batched(values), encode(ndjson()), peer, decode(ndjson()), collect())))
  }
  const { endpoint, books } = await start(t, handling(say))
  const child = new Child('socat', ['-t', '20', to(endpoint), 'EXEC:jq -c --unbuffered .'])
  const { status, stderr } = await child.ended()
  assert.deepEqual([status, stderr], [0, ''])
  await books.count('close', 1)
  assert.deepEqual(books.reasons(), ['finished'])
  assert.deepEqual(back, values)
  proved('ndjson')
})

/** A server that keeps the values which a shell command sends to it. */
async function sent(t: TestContext, command: string): Promise<{ got: unknown[]; books: Started['books'] }> {
  const got: unknown[] = []
  const keep = (peer: Connection): Promise<void> =>
    pipe(
      peer,
      decode(ndjson()),
      forEach((value) => {
        got.push(value)
      })
    )
  const { endpoint, books } = await start(t, handling(keep))
  const { status, stderr } = await new Child('sh', ['-c', `${command} | socat -u - ${to(endpoint)}`]).ended()
  assert.deepEqual([status, stderr], [0, ''])
  await books.count('close', 1)
  return { got, books }
}

test('blank lines and CR LF between the values of jq', { skip }, async (t) => {
  const { got, books } = await sent(t, `jq -cn 'range(1000)' | sed 's/$/\\r/; G'`)
  assert.deepEqual(got, Array.from(Array(1000).keys()))
  assert.deepEqual(books.reasons(), ['finished'])
  proved('ndjson')
})

test('a stream of jq that is cut off inside a number is an error, and no value', { skip }, async (t) => {
  const { got, books } = await sent(t, "jq -cn '1, 123456' | head -c 5")
  assert.deepEqual(got, [1])
  assert.deepEqual(books.reasons(), ['truncated'])
  const error = books.all('close')[0]?.error
  assert.ok(error instanceof UnexpectedEndError)
  assert.equal(String(Buffer.from(error.partial)), '123')
  proved('ndjson')
})
