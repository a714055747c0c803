/** Bodies behind header blocks, each framed as its head says, and pipelined requests behind each other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batched,
  type Connection,
  collect,
  decode,
  encode,
  listen,
  pipe,
  type Step,
  stage,
  UnexpectedEndError
} from '../../lib/index.ts'
import { cutAt, drip } from '../../lib/laws/cuttings.ts'
import { decode as decoded, encodeBatches } from '../../lib/laws/outcome.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { within } from '../support/wait.ts'
import { field, http } from './http.ts'
import { transports } from './transports.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
const texts = (frames: readonly Uint8Array[]): string[] => frames.map((frame) => Buffer.from(frame).toString('latin1'))

/** Heads inside bodies, empty lines inside bodies, an empty body, and each kind of body behind each other kind. */
const requests = [
  ['GET / HTTP/1.1\r\nHost: a'],
  ['POST /one HTTP/1.1\r\nContent-Length: 9', '\r\n\r\nhello'],
  ['POST /two HTTP/1.1\r\nTransfer-Encoding: chunked', '5', 'hello\r\n', '10;a=b', 'GET / HTTP/1.1\r\n\r\n', '0', ''],
  ['POST /three HTTP/1.1\r\nTransfer-Encoding: chunked', '1', '0\r\n', '0', 'Checked: yes', ''],
  ['POST /four HTTP/1.1\r\nContent-Length: 0'],
  ['POST /five HTTP/1.1\r\nTransfer-Encoding: x-blocks', 'blocks'],
  ['POST /six HTTP/1.1\r\nTransfer-Encoding: x-blocks', ''],
  ['GET /seven HTTP/1.1\r\nHost: a']
]
const wire = bytes(
  [
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /one HTTP/1.1\r\nContent-Length: 9\r\n\r\n\r\n\r\nhello',
    'POST /two HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10;a=b\r\nGET / HTTP/1.1\r\n\r\n0\r\n\r\n',
    'POST /three HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n0\r\n0\r\nChecked: yes\r\n\r\n',
    'POST /four HTTP/1.1\r\nContent-Length: 0\r\n\r\n',
    'POST /five HTTP/1.1\r\nTransfer-Encoding: x-blocks\r\n\r\n\0\0\0\x06blocks\0\0\0\0',
    'POST /six HTTP/1.1\r\nTransfer-Encoding: x-blocks\r\n\r\n\0\0\0\0',
    'GET /seven HTTP/1.1\r\nHost: a\r\n\r\n'
  ].join('')
)

test('pipelined requests are the same frames cut at every byte, and the same bytes again', () => {
  const frames = requests.flat()
  const cuttings = [drip(wire), drip(wire, true)]
  for (let at = 0; at <= wire.length; at++) cuttings.push(cutAt(wire, [at]), cutAt(wire, [at], true))
  for (const batches of cuttings) {
    const outcome = decoded(http, batches)
    assert.equal(outcome.fault, undefined)
    assert.deepEqual(texts(outcome.frames), frames)
  }
  assert.deepEqual(encodeBatches(http, [frames.map(bytes)]).bytes, wire)
})

test('a request cut off at any byte is an error, between two requests it is the end', () => {
  const ends = requests.map((_, index) => {
    const upTo = requests.slice(0, index + 1).flat()
    return encodeBatches(http, [upTo.map(bytes)]).bytes.length
  })
  for (let size = 0; size <= wire.length; size++) {
    for (const batches of [[[wire.subarray(0, size)]], drip(wire.subarray(0, size))]) {
      const decoder = http.decoder()
      for (const batch of batches) decoder.push(batch, [])
      const clean = size === 0 || ends.includes(size)
      assert.equal(decoder.held() === 0, clean, `held ${decoder.held()} at ${size}`)
      if (clean) decoder.end?.([])
      else assert.throws(() => decoder.end?.([]), UnexpectedEndError)
    }
  }
})

/** Answers each request, when it is whole, with what its body was. */
const answering = stage<Uint8Array, Uint8Array>('answer', (): Step<Uint8Array, Uint8Array> => {
  let request: Uint8Array[] = []
  return {
    push(batch, out) {
      for (const frame of batch) {
        request.push(frame)
        if (!isWhole(request)) continue
        const [head = frame, ...body] = request
        const text = `${texts([head])[0]?.split(' ')[1]}: ${texts(body).join('|')}\n`
        out.push(bytes(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}`), bytes(text))
        request = []
      }
    }
  }
})

function isWhole([head, ...body]: readonly Uint8Array[]): boolean {
  if (head === undefined) return false
  const coding = field(head, 'transfer-encoding')
  if (coding === 'chunked') return body.at(-1)?.byteLength === 0
  return body.length > 0 || (coding === undefined && Number(field(head, 'content-length') ?? 0) === 0)
}

function serve(peer: Connection): Promise<void> {
  return pipe(peer, decode(http), answering, encode(http), peer)
}

for (const [name, open] of transports) {
  test(`pipelined requests are answered in order on one connection (${name})`, async () => {
    await using ends = await open()
    const served = serve(ends.server)
    const answers = await pipe(batched(requests.flat().map(bytes)), encode(http), ends.client, decode(http), collect())
    await within(served, 'the end')
    const bodies = texts(answers).filter((_, index) => index % 2 === 1)
    assert.deepEqual(bodies, [
      '/: \n',
      '/one: \r\n\r\nhello\n',
      '/two: 5|hello\r\n|10;a=b|GET / HTTP/1.1\r\n\r\n|0|\n',
      '/three: 1|0\r\n|0|Checked: yes|\n',
      '/four: \n',
      '/five: blocks\n',
      '/six: \n',
      '/seven: \n'
    ])
  })
}

test('curl posts with and without chunks on one connection', { skip: skipUnless('curl') }, async () => {
  await using listener = await listen('tcp://127.0.0.1:0')
  const url = listener.endpoint.replace('tcp:', 'http:')
  const post = (path: string, body: string, ...more: string[]): string[] => {
    return ['-s', '-m', '10', '--noproxy', '*', '--data-binary', body, ...more, url + path]
  }
  const chunked = ['-H', 'Transfer-Encoding: chunked']
  const curl = new Child('curl', [
    ...post('/a', 'plain'),
    '--next',
    ...post('/b', 'in chunks', ...chunked),
    '--next',
    ...post('/c', 'x'.repeat(100_000), ...chunked, '-H', 'Expect:'),
    '--next',
    ...post('/d', 'plain again')
  ])
  const accepted = await listener[Symbol.asyncIterator]().next()
  const peer: Connection = accepted.value
  // Who took a second connection would wait here: the listener gives out only this one.
  const served = serve(peer)
  const { status, stdout } = await curl.ended()
  await within(served, 'the end')
  await peer.close()
  assert.equal(status, 0)
  const [a, b, c, d] = stdout.toString().split('\n/')
  assert.deepEqual([a, b, d], ['/a: plain', 'b: 9|in chunks\r\n|0|', 'd: plain again\n'])
  assert.equal(c?.match(/x/g)?.length, 100_000)
})
