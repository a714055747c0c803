/**
 * The log: a line an event, whatever clients send and whoever reads it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ServeEvent, UnexpectedEndError } from '../../lib/index.ts'
import { fakeClock } from '../../lib/laws/index.ts'
import { EventLog, type EventLogOptions } from '../../scripts/log/event-log.ts'
import { type LineStream, LogOutput } from '../../scripts/log/log-output.ts'
import { endpointOf, itServe, itServeUnread } from '../support/program.ts'
import { ask } from '../support/raw.ts'

/** A stream that keeps what it is given, or is stuck. */
class Lines implements LineStream {
  writableLength = 0
  text = ''
  write(text: string): void {
    this.text += text
  }
  on(): void {}
  once(): void {}
  get lines(): string[] {
    return this.text.split('\n').slice(0, -1)
  }
}

function logTo(options: EventLogOptions = {}): { log: EventLog; sink: Lines } {
  const sink = new Lines()
  const log = new EventLog({ format: 'json', clock: fakeClock(), output: new LogOutput(sink), ...options })
  return { log, sink }
}

const remote = { host: '192.0.2.1', port: 1 }

function fault(error: unknown, host = remote.host): ServeEvent {
  return { type: 'fault', server: 'test', id: 1, remote: { host, port: 1 }, error }
}

/** Whatever may not stand in a line as it is. */
const unsafe = /[\p{C}\p{Zl}\p{Zp}]/u
const nasty = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\0',
    '\u001b[2J',
    '\u202e',
    '\u2028',
    '\u2029',
    '\ud800',
    '\udfff',
    '\x7f',
    '\u009b',
    '"',
    '\\'
  ),
  fc.constantFrom('\u200b', '\ufeff', '\u{e0001}', '\u2066', '{"level":60}', '\n{"event":"stop"}', '𝄞', 'é'),
  fc.string({ unit: 'binary', maxLength: 20 })
)
const field = fc
  .tuple(fc.array(nasty, { minLength: 1, maxLength: 8 }), fc.constantFrom(1, 1, 3, 1_000_000))
  .map(([parts, size]) => {
    const text = parts.join('')
    return size === 1 ? text : text.repeat(Math.ceil(size / Math.max(1, text.length)))
  })

for (const format of ['json', 'pretty'] as const) {
  test(`${format}: whatever is in an event, it is one line that prints`, () => {
    fc.assert(
      fc.property(field, field, field, (name, message, code) => {
        const { log, sink } = logTo({ format, linesPerSecond: 1000 })
        const error = Object.assign(new Error(message, { cause: new Error(code) }), { name })
        const partial = Buffer.from(message.slice(0, 1000), 'utf16le')
        log.onEvent(fault(error))
        log.onEvent(fault(Object.assign(new Error(message), { code, partial })))
        log.onEvent({
          type: 'close',
          server: 'test',
          id: 1,
          remote: { path: name },
          reason: 'malformed',
          ms: 1.5,
          error
        })
        log.onEvent({ type: 'listen-error', server: 'test', endpoint: code, error: message })
        assert.equal(sink.lines.length, 4)
        for (const line of sink.lines) {
          assert.doesNotMatch(line, unsafe)
          if (format === 'pretty') continue
          assert.ok(Buffer.byteLength(line) < 4096, `${Buffer.byteLength(line)} bytes`)
          assert.equal((JSON.parse(line) as { server: string }).server, 'test')
          assert.ok(!line.includes('cutBytes'), 'no field was forgotten')
        }
        const [first = ''] = sink.lines
        const cut = JSON.parse(format === 'json' ? first : '{"error":{"message":""}}').error.message.split('… (')[0]
        assert.ok(message.toWellFormed().startsWith(cut.toWellFormed()), 'what is shown is what it was')
      }),
      { numRuns: 60 }
    )
  })
}

test('what is thrown need be no error, nor have a text', () => {
  const { log, sink } = logTo({ linesPerSecond: 100 })
  for (const thrown of [undefined, null, 7, Symbol('s'), Object.create(null), { toString: 1 }])
    log.onEvent(fault(thrown))
  assert.equal(sink.lines.length, 6)
})

test('a million bad requests are 10 MB of log at most, from one source or from many', async () => {
  for (const sources of [1, 50_000]) {
    const clock = fakeClock()
    const { log, sink } = logTo({ clock })
    const error = new UnexpectedEndError('test', {
      phase: 'payload',
      had: 300,
      partial: new Uint8Array(300).fill(0x1b)
    })
    const requests = 50_000
    for (let n = 0; n < requests; n++) {
      const host = `2001:db8::${(n % sources).toString(16)}`
      log.onEvent({ type: 'accept', server: 'test', id: n, remote: { host, port: 1 }, open: 1 })
      log.onEvent(fault(error, host))
      log.onEvent({
        type: 'close',
        server: 'test',
        id: n,
        remote: { host, port: 1 },
        reason: 'truncated',
        ms: 1,
        error
      })
      // 10,000 a second, as many as are accepted.
      if (n % 10_000 === 9_999) await clock.advance(1_000)
    }
    const bytes = Buffer.byteLength(sink.text)
    assert.ok((bytes * 1_000_000) / requests <= 10_000_000, `${bytes} bytes`)
    const logged = sink.lines.map((line) => JSON.parse(line) as { event: string; lines?: number })
    const told = logged.reduce((sum, { event, lines = 0 }) => sum + (event === 'suppressed' ? lines : 1), 0)
    assert.equal(told, 3 * requests)
    assert.equal(log.suppressed, 3 * requests - logged.filter(({ event }) => event !== 'suppressed').length)
  }
})

test('one line a second for a source and reason, and the count of the rest when the second is over', async () => {
  const clock = fakeClock()
  const { log, sink } = logTo({ clock })
  const refuse = (host: string): void =>
    log.onEvent({ type: 'refuse', server: 'test', remote: { host, port: 1 }, reason: 'connection_limit' })
  for (let n = 0; n < 5; n++) refuse('192.0.2.1')
  refuse('192.0.2.2')
  assert.equal(sink.lines.length, 2)
  await clock.advance(1_000)
  assert.equal(sink.lines.length, 3)
  const { event, of, reason, source, lines } = JSON.parse(sink.lines[2] as string)
  assert.deepEqual([event, of, reason, source, lines], ['suppressed', 'refuse', 'connection_limit', '192.0.2.1', 4])
  refuse('192.0.2.1')
  assert.equal(sink.lines.length, 4)
  await clock.advance(1_000)
  assert.equal(sink.lines.length, 4)
  assert.equal(clock.pending, 0)
})

test('the stack of a handler’s error is logged once, and without the message in it', () => {
  const { log, sink } = logTo()
  const error = new Error('x'.repeat(10_000))
  log.onEvent(fault(error))
  log.onEvent({ type: 'close', server: 'test', id: 1, remote, reason: 'handler_error', ms: 1, error })
  const [first, second] = sink.lines.map((line) => JSON.parse(line))
  assert.match(first.error.stack, /^ {4}at .*log\.test\.ts/)
  assert.equal(first.level, 50)
  assert.equal(second.error.stack, undefined)
})

test('levels: below the one chosen nothing is said', () => {
  const { log, sink } = logTo({ level: 'error' })
  log.onEvent({ type: 'drop', server: 'test', endpoint: 'udp://127.0.0.1:1', datagrams: 1 })
  log.onEvent({ type: 'listen-error', server: 'test', endpoint: 'tcp://127.0.0.1:1', error: new Error('EMFILE') })
  assert.equal(sink.lines.length, 1)
})

test('lines that a stuck reader does not take are dropped, bounded, and counted in the next line', () => {
  const { log, sink } = logTo({ linesPerSecond: 100 })
  sink.writableLength = 2 ** 21
  for (let n = 0; n < 3; n++) log.onEvent(fault(n))
  assert.equal(sink.text, '')
  sink.writableLength = 0
  log.onEvent(fault('again'))
  const [dropped, again] = sink.lines.map((line) => JSON.parse(line))
  assert.deepEqual([dropped.event, dropped.lines, again.error.message], ['dropped', 3, 'again'])
})

const flood = ['serve', 'echo', '--port', '0', '--log-rate', '1000000'] as const

test('a reader of standard error that is stuck holds up neither the server nor its end', async () => {
  const server = itServeUnread('stderr', ...flood)
  const endpoint = await endpointOf(server)
  // 2,000 connections are 900 KB of log; the pipe holds a quarter of that.
  for (let n = 0; n < 40; n++) {
    await Promise.all(Array.from({ length: 50 }, () => ask(endpoint, 'hello')))
  }
  assert.equal(String((await ask(endpoint, 'still here')).bytes), 'still here')
  server.signal('SIGTERM')
  assert.equal(await server.exited(), 0)
})

test('a reader of standard error that goes away takes nothing with it', async () => {
  const server = itServe(...flood)
  const endpoint = await endpointOf(server)
  server.closeOutput('stderr')
  for (let n = 0; n < 3; n++) assert.equal(String((await ask(endpoint, 'hello')).bytes), 'hello')
  server.signal('SIGTERM')
  assert.equal((await server.ended()).status, 0)
})
