/**
 * `it-serve` told something that cannot be: one clear line on standard error, a status that says what kind it is, and
 * nothing half started.
 */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { askDatagram, choice, defaultsOf, InvalidOptionError, seconds, size } from '../../lib/index.ts'
import { ConfigurationError } from '../../scripts/exit-status.ts'
import { readFlags, wholeNumberFlag } from '../../scripts/option-flags.ts'
import { servers } from '../../scripts/servers.ts'
import { time } from '../../servers/time.ts'
import { zen } from '../../servers/zen.ts'
import { endpointOf, itServe } from '../support/program.ts'
import { ask, directory, listening } from '../support/raw.ts'

const path = directory()
const [missing, bad, good] = ['missing', 'bad', 'good'].map((name) => join(path, name)) as [string, string, string]
const occupant = createServer()
let taken = ''

before(async () => {
  writeFileSync(good, '{"What is it?": "It is this.", "Ça va?": "Ça va."}')
  taken = `tcp://127.0.0.1:${await listening(occupant)}`
})
after(() => occupant.close())

/** What is wrong, the status, what the line says. The Unix endpoint in front must never be seen. */
const first = ['--listen', `unix:${path}/first`]
const wrong: [args: () => string[], status: 64 | 69 | 78, says: RegExp][] = [
  [() => ['serve', 'echo', '--nope'], 64, /unknown option '--nope'/],
  [() => ['serve', 'nobody'], 64, /unknown command 'nobody'/],
  [() => [], 64, new RegExp(servers.map(({ name }) => name).join(', '))],
  [() => ['serve', 'echo', ...first, '--listen', 'here'], 64, /--listen is "here"/],
  [() => ['serve', 'zen', '--listen', 'stdio:', '--listen', 'stdio:'], 64, /stdio:/],
  [() => ['serve', 'time', '--timezone', 'Nowhere/At_All'], 64, /it-serve: --timezone is "Nowhere\/At_All"/],
  [
    () => ['serve', 'zen', '--listen', 'udp://127.0.0.1:0'],
    64,
    /expected tcp:, tls: or unix:, for zen hears no datagrams/
  ],
  [
    () => ['serve', 'zen', '--proxy-protocol', '--proxy-trusted', 'x/99'],
    64,
    /--proxy-trusted is "x\/99": expected an IP/
  ],
  [() => ['serve', 'zen', '--tls-cert', 'c.pem'], 64, /--tls-key is missing: expected a file, for --tls-cert c\.pem/],
  [() => ['serve', 'echo', ...first, '--listen', taken], 69, /it is in use/],
  [() => ['serve', 'echo', '--host', 'x'.repeat(64)], 69, /does not resolve/],
  [() => ['serve', 'zen', ...first, '--answers', missing], 78, /--answers.*no such file/]
]

// Two processes at a time: each is half a second of work.
test('what cannot be is one clear line and a status', { concurrency: 2 }, async (t) => {
  const outcomes = wrong.map(([args, status, says]) => {
    const shown = args().map((word) => word.replace(path, '').slice(0, 30))
    return t.test(`${status}: it-serve ${shown.join(' ')}`, async () => {
      const ended = await itServe(...args())
        .endInput()
        .ended()
      assert.equal(ended.status, status, ended.stderr)
      assert.match(ended.stderr, /^it-serve: [^\n]+\n$/, 'one line')
      assert.match(ended.stderr, says)
      assert.equal(String(ended.stdout), '')
      assert.equal(existsSync(`${path}/first`), false)
    })
  })
  await Promise.all(outcomes)
})

test('--answers FILE replaces the table', async (t) => {
  const server = itServe('serve', 'zen', '--port', '0', '--answers', good)
  t.after(() => server.kill())
  const { bytes } = await ask(await endpointOf(server), 'What is it?Ça va?Simple is better than?')
  assert.equal(String(bytes), 'It is this.Ça va.Error: unknown aphorism.')
})

/** Read in this process: what is wrong with each is told by the same two errors. */
const answers: Record<string, string> = {
  'is no JSON': 'Simple is better than? Complex.',
  'is a list': '["Simple is better than?", "Complex."]',
  'is nothing': '',
  'has an answer that is no text': '{"Why?": 42}',
  'has a question without end': '{"Simple is better than": "Complex."}',
  'has two questions in one': '{"Why? Why?": "So."}',
  'has an answer without end': '{"Why?": "So"}',
  'has two answers in one': '{"Why?": "So. So."}',
  'has a question over its limit': `{"${'x'.repeat(1_024)}?": "So."}`
}

test('an --answers file that cannot be used is refused at the start', () => {
  for (const [what, content] of Object.entries(answers)) {
    writeFileSync(bad, content)
    assert.throws(() => readFlags(zen.options ?? {}, { answers: bad }), ConfigurationError, `a table that ${what}`)
  }
})

test('values that cannot be right name their option', () => {
  for (const text of ['', 'x', '-1', '1.5', '1e3', ' 7', '65536', '٥']) {
    const read = (): number => wholeNumberFlag('--port', text, 0, 65_535)
    assert.throws(read, (error) => error instanceof InvalidOptionError && error.option === '--port', text)
  }
  assert.equal(wholeNumberFlag('--port', '65535', 0, 65_535), 65_535)
  assert.throws(() => readFlags(time.options ?? {}, { timezone: 'Nowhere/At_All' }), InvalidOptionError)
})

test('options that are sizes, seconds, or one of a few words', () => {
  const table = { most: size('', undefined), every: seconds('', 10), framing: choice('', ['line', 'chunk']) }
  const read = (given: Record<string, string>): unknown[] => Object.values(readFlags(table, given))
  assert.deepEqual(defaultsOf(table), { most: undefined, every: 10, framing: 'line' })
  for (const [text, bytes] of [
    ['1', 1],
    ['7B', 7],
    ['64KiB', 65_536],
    ['64MiB', 67_108_864],
    ['2GiB', 2_147_483_648]
  ] as const) {
    assert.deepEqual(read({ most: text }), [bytes])
  }
  for (const most of [
    '',
    '0',
    '-1',
    '1.5MiB',
    '1e3',
    '64MB',
    '64 MiB',
    '64mib',
    'MiB',
    '9'.repeat(16),
    `${'9'.repeat(15)}GiB`
  ]) {
    assert.throws(() => read({ most }), InvalidOptionError, most)
  }
  assert.deepEqual(read({ every: '0.5', framing: 'chunk' }), [0.5, 'chunk'])
  for (const every of ['', '0', '-1', '1e3', '.5', 'NaN', '2147484']) {
    assert.throws(() => read({ every }), InvalidOptionError, every)
  }
  for (const framing of ['', 'Line', 'words', '__proto__']) {
    assert.throws(() => read({ framing }), InvalidOptionError, framing)
  }
})

test('--default-format and --timezone', async (t) => {
  const zone = ['--timezone', 'Asia/Kolkata', '--default-format', '%z %%']
  const server = itServe('serve', 'time', '--port', '0', ...zone)
  t.after(() => server.kill())
  const endpoint = await endpointOf(server)
  assert.equal(String(await askDatagram(endpoint, Buffer.from('what time is it?'))), '+0530 %')
  assert.equal(String(await askDatagram(endpoint, Buffer.from('%z %Z'))), '+0530 IST')
})

test('the rules for datagrams have flags, where there are datagrams', async (t) => {
  const flags = '--udp-rate 1 --udp-burst 2 --udp-total-rate 100 --udp-least-port 0 --max-reply 100'.split(' ')
  const server = itServe('serve', 'time', '--port', '0', ...flags)
  t.after(() => server.kill())
  const endpoint = await endpointOf(server)
  assert.equal((await askDatagram(endpoint, Buffer.from('%c%c%c'))).length, 72)
  const question = { tries: 1, timeoutMs: 20_000 }
  assert.equal(String(await askDatagram(endpoint, Buffer.from('%%'), question)), '%')
  const stop = new AbortController()
  const refused = askDatagram(endpoint, Buffer.from('%%'), { ...question, signal: stop.signal })
  await server.line((line) => line.includes('"refuse-datagrams"') && line.includes('"rate"'), 'the refusal', 'stderr')
  stop.abort(new Error('no longer'))
  await assert.rejects(refused, /no longer/)
  const { status, stderr } = await itServe('serve', 'zen', '--udp-rate', '1').endInput().ended()
  assert.equal(status, 64)
  assert.match(stderr, /unknown option '--udp-rate'/)
})
