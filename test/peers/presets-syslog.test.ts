/**
 * `logger` of util-linux, which counts or ends lines, and Python's SysLogHandler, which ends in NUL, speak to one receiver:
 * on connections of their own, and glued together on one.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { syslog } from '../../lib/codec/presets/syslog.ts'
import { type Connection, decode, FrameTooLargeError, forEach, pipe, text } from '../../lib/index.ts'
import type { Books } from '../support/books.ts'
import { Child } from '../support/child.ts'
import { proved } from '../support/preset-peers.ts'
import { skipUnless } from '../support/program.ts'
import { ask, hostAndPort } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'

const noLogger = skipUnless('logger') && 'no logger: apt-get install bsdutils'
const noPython = skipUnless('python3') && 'no python3: apt-get install python3'

const handler = `
import sys
from logging import getLogger
from logging.handlers import SysLogHandler
from socket import SOCK_STREAM
handler = SysLogHandler(('127.0.0.1', int(sys.argv[1])), socktype=SOCK_STREAM)
logger = getLogger()
logger.addHandler(handler)
for message in sys.argv[2:]:
    logger.warning('%s', message)
handler.close()
`

/** What stands in front of a message of `logger` that is told to say neither time nor host. */
const head = '<13>1 - - it - - - '
const warning = '<12>'

/** Starts `logger` with options of its own; each line of the input is a message. */
async function logger(endpoint: string, input: string, ...options: string[]): Promise<void> {
  const { host, port } = hostAndPort(endpoint)
  const where = ['-T', '-n', host, '-P', String(port), '-t', 'it', '--rfc5424=notime,notq,nohost', '--size', '100000']
  const { status, stderr } = await new Child('logger', [...where, ...options]).write(input, 'end').ended()
  assert.equal(status, 0, stderr)
}

async function python(endpoint: string, ...messages: string[]): Promise<void> {
  const script = ['-B', '-c', handler, String(hostAndPort(endpoint).port), ...messages]
  const { status, stderr } = await new Child('python3', script, { env: { PYTHONUTF8: '1' } }).ended()
  assert.equal(status, 0, stderr)
}

interface Receiver {
  readonly endpoint: string
  readonly messages: string[]
  readonly books: Books
}

async function receiver(t: TestContext, ...trailer: string[]): Promise<Receiver> {
  const messages: string[] = []
  const codec = text(syslog({ trailer }))
  const receive = (peer: Connection): Promise<void> =>
    pipe(
      peer,
      decode(codec),
      forEach((message) => {
        messages.push(message)
      })
    )
  const { endpoint, books } = await start(t, handling(receive))
  return { endpoint, messages, books }
}

const lines = ['plain', 'grüße, €, 😀', '12 looks like a count', '<34>looks like a priority', 'x'.repeat(2048)]
const many = Array.from({ length: 2_000 }, (_, index) => `${index} ${lines[index % lines.length]}`)

test('logger, counting', { skip: noLogger }, async (t) => {
  const { endpoint, messages, books } = await receiver(t, '\n')
  await logger(endpoint, `${many.join('\n')}\n`, '--octet-count')
  await books.count('close', 1)
  assert.deepEqual([messages, books.reasons()], [many.map((line) => head + line), ['finished']])
  proved('syslog')
})

test('logger, line by line', { skip: noLogger }, async (t) => {
  const { endpoint, messages, books } = await receiver(t, '\n')
  await logger(endpoint, `${many.join('\n')}\n`)
  await books.count('close', 1)
  assert.deepEqual([messages, books.reasons()], [many.map((line) => head + line), ['finished']])
  proved('syslog')
})

test('Python’s SysLogHandler: NUL behind messages of several lines', { skip: noPython }, async (t) => {
  const { endpoint, messages, books } = await receiver(t, '\0')
  await python(endpoint, 'hello\nworld', ...lines)
  await books.count('close', 1)
  assert.deepEqual(
    [messages, books.reasons()],
    [['hello\nworld', ...lines].map((line) => warning + line), ['finished']]
  )
  proved('syslog')
})

test('all of them speak to one receiver, and glued together on one connection', {
  skip: noLogger || noPython
}, async (t) => {
  const { endpoint, messages, books } = await receiver(t, '\n', '\0')
  const senders = [
    (to: string) => logger(to, `${lines.join('\n')}\n`, '--octet-count'),
    (to: string) => python(to, ...lines),
    (to: string) => logger(to, `${lines.join('\n')}\n`),
    (to: string) => logger(to, 'the last\n', '--octet-count')
  ]
  const expected = [
    ...lines.map((line) => head + line),
    ...lines.map((line) => warning + line),
    ...lines.map((line) => head + line),
    `${head}the last`
  ]
  for (const [index, send] of senders.entries()) {
    await send(endpoint)
    await books.count('close', index + 1)
  }
  assert.deepEqual(messages, expected)

  const chunks: Uint8Array[] = []
  const keep = (peer: Connection): Promise<void> =>
    pipe(
      peer,
      forEach((chunk) => {
        chunks.push(Uint8Array.from(chunk))
      })
    )
  const recorder = await start(t, handling(keep))
  for (const [index, send] of senders.entries()) {
    await send(recorder.endpoint)
    await recorder.books.count('close', index + 1)
  }
  messages.length = 0
  await ask(endpoint, Buffer.concat(chunks))
  await books.count('close', 5)
  assert.deepEqual([messages, new Set(books.reasons())], [expected, new Set(['finished'])])
  proved('syslog')
})

test('a message of 8,192 bytes is read, one more is refused', { skip: noLogger }, async (t) => {
  for (const options of [['--octet-count'], []]) {
    const { endpoint, messages, books } = await receiver(t, '\n')
    const largest = 'x'.repeat(8192 - head.length)
    await logger(endpoint, `${largest}\n`, ...options)
    await logger(endpoint, `fits\n${largest}x\n`, ...options)
    await books.count('close', 2)
    assert.deepEqual(messages, [head + largest, `${head}fits`])
    assert.deepEqual(books.reasons(), ['finished', 'frame_too_large'])
    assert.ok(books.all('fault')[0]?.error instanceof FrameTooLargeError)
  }
  proved('syslog')
})
