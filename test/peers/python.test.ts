/**
 * Python's multiprocessing.connection on the other side, of 3.8, 3.11 and 3.13 where pyenv has them: its Client asks our
 * server, our client asks its Listener, with a key and without, over TCP and Unix sockets.
 *
 * 1,000 small messages go over each and 300 random values are compared; IT_SERVE_RUNS=100 makes that 100,000 and 30,000.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ByteArray, FrozenSet, fromPickle, type PlainValue, Tuple, toPickle } from '../../lib/codec/presets/pickle.ts'
import { batched } from '../../lib/index.ts'
import { python, pythonClient } from '../../servers/python.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { directory, hostAndPort } from '../support/raw.ts'
import { start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const runs = Number(process.env.IT_SERVE_RUNS ?? 1)
const seed = Number(process.env.IT_SERVE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const count = 1_000 * runs
const ms = 30_000 + 3_000 * runs

const script = fileURLToPath(new URL('python/connection.py', import.meta.url))
const folder = directory()
const key = Buffer.from('a key')
const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')

function run(program: string, ...args: string[]): Child {
  return new Child(program, ['-B', '-u', script, ...args], { env: { PYTHONUTF8: '1' } })
}

/** The newest of 3.8, of 3.11, of 3.13; `python3` is whatever it is. */
function interpreters(): { name: string; program: string; skip: string | false; old: boolean }[] {
  const installed = existsSync(versions) ? readdirSync(versions) : []
  const wanted = ['3.8', '3.11', '3.13'].map((version) => {
    const found = installed
      .filter((name) => name.startsWith(`${version}.`))
      .sort()
      .at(-1)
    const program = join(versions, found ?? version, 'bin', 'python3')
    const skip = found === undefined && `no Python ${version} under ${versions}`
    return { name: `Python ${version}`, program, skip, old: version !== '3.13' } as const
  })
  if (wanted.some(({ skip }) => skip === false)) return wanted
  const { status } = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 12))'])
  return [...wanted, { name: 'python3', program: 'python3', skip: skipUnless('python3'), old: status !== 0 }]
}

/** In Python's repr, as the client of Python compares it too; sets of more than one have no order. */
const values = [
  'None',
  'True',
  'False',
  '0',
  '-1',
  '1180591620717411303424',
  '-2147483649',
  '1.5',
  '-0.0',
  '1e+300',
  'inf',
  "''",
  "'text'",
  "'😀 \\U0010ffff'",
  `'it\\'s "\\n'`,
  "b''",
  "b'bytes \\x00\\xff'",
  "bytearray(b'array')",
  '[]',
  '()',
  '(1,)',
  '{}',
  'set()',
  "[1, [2, [3, {'deep': ({4},)}]]]",
  "{'a': 1, 2: None, (3, b'4'): [5]}",
  'frozenset({7})',
  'frozenset()'
]

for (const { name, program, skip, old } of interpreters()) {
  test(`a Client of ${name} asks our server`, { skip, timeout: ms * 2 }, async (t) => {
    const path = name.replace(' ', '-')
    const harm = join(folder, `${path}-harm`)
    const reported: string[] = []
    const listen = ['tcp://127.0.0.1:0', `unix:${folder}/${path}`]
    const options = { show: true }
    const report = (line: string): void => void reported.push(line)
    const plain = await start(t, python, { listen, options, report })
    const keyed = await start(t, python, {
      listen: ['tcp://127.0.0.1:0', `unix:${folder}/${path}-keyed`],
      options: { authkeyFile: key, allowMd5: old }
    })
    const addresses = [...plain.service.endpoints, ...keyed.service.endpoints.map((one) => `${one},${key}`)]
    const where = addresses.map((one) => one.replace(/^(tcp:\/\/127\.0\.0\.1:|unix:)/, ''))
    const { stdout, stderr, status } = await run(program, 'client', String(count), harm, ...where).ended(
      'its end',
      ms * 2
    )
    const refusal =
      /^\('#ERROR', 'pickle: refused: STACK_GLOBAL at byte \d+ wants posix\.system, and only plain values are read'\)$/
    const lines = String(stdout).trimEnd().split('\n')
    assert.equal(status, 0, stderr)
    assert.equal(lines.length, 8)
    for (const [index, line] of lines.entries())
      index % 2 === 0 ? assert.match(line, refusal) : assert.equal(line, 'end')
    for (const { books } of [plain, keyed]) {
      const closed = await books.count('close', 2)
      for (const { reason, error } of closed) assert.equal(reason, 'malformed', String(error))
    }
    const heard = new Set(reported.map((line) => line.replace(/^The client at .*? sent /, '')))
    for (const value of values) assert.ok(heard.has(value), `${value} was understood`)
    assert.ok(!existsSync(harm), 'nothing was run')
  })

  test(`our client asks a Listener of ${name}`, { skip, timeout: ms }, async (t) => {
    const peer = run(program, 'listen', directory(), String(key))
    t.after(() => peer.kill())
    let line = 0
    for (const authkeyFile of [undefined, key, undefined, key]) {
      const where = await peer.lineAt(line++)
      const endpoint = /^\d+$/.test(where) ? `tcp://127.0.0.1:${where}` : `unix:${where}`
      const mebibyte = `b'${'x'.repeat(1 << 20)}'`
      const said = [...values, 'plain words', mebibyte]
      const printed = await ask(endpoint, said, { authkeyFile, allowMd5: old })
      assert.deepEqual(printed, [...values, "'plain words'", mebibyte])
      for (const value of [...values, "'plain words'", String(1 << 20), 'end'])
        assert.equal(await peer.lineAt(line++), value)
    }
  })

  test(`${name} with another key, or an old digest that was not allowed, stays outside`, { skip }, async (t) => {
    const listen = ['tcp://127.0.0.1:0']
    const strict = await start(t, python, { listen, options: { authkeyFile: key } })
    const { port } = hostAndPort(strict.endpoint)
    const { stdout } = await run(program, 'knock', `${port},other`, `${port},${key}`, `${port}`).ended()
    const [other, right] = String(stdout).split('\n')
    assert.equal(other, 'AuthenticationError digest sent was rejected')
    assert.equal(right, old ? 'AuthenticationError digest sent was rejected' : 'in')
    const told = (await strict.books.count('close', 3)).map(({ reason, error }) => `${reason} ${error}`).sort()
    const outcomes = strict.books
      .all('auth')
      .map(({ method, outcome }) => `${method} ${outcome}`)
      .sort()
    assert.deepEqual(outcomes, old ? threeWrong : ['authkey accepted', ...threeWrong.slice(1)])
    assert.equal(
      told.filter((one) => one.startsWith('auth_failed AuthError: the client did not prove')).length,
      old ? 3 : 2
    )
    assert.match(told.join(), old ? /its answer is of MD5/ : /its proof was made with another key/)

    const peer = run(program, 'listen', directory(), 'other')
    t.after(() => peer.kill())
    await ask(`tcp://127.0.0.1:${await peer.lineAt(0)}`, [], {})
    const there = `tcp://127.0.0.1:${await peer.lineAt(2)}`
    const failed = ask(there, ['1'], { authkeyFile: key })
    await assert.rejects(failed, old ? /asks for MD5|rejected our proof/ : /rejected our proof/)
  })
}

const threeWrong = ['authkey wrong', 'authkey wrong', 'authkey wrong']

async function ask(
  endpoint: string,
  lines: string[],
  options: { authkeyFile?: Uint8Array | undefined; allowMd5?: boolean }
): Promise<string[]> {
  const printed: string[] = []
  const asked = pythonClient.run({
    endpoint,
    message: undefined,
    options: { authkeyFile: undefined, allowMd5: false, maxBytes: 2 ** 24, bytes: false, ...options },
    input: batched([Buffer.from(lines.join('\n'))]),
    print: async (output) => void printed.push(String(output)),
    signal: AbortSignal.timeout(ms)
  })
  await within(asked, 'the end of our client', ms)
  return printed
}

const newest = interpreters()
  .filter(({ skip }) => skip === false)
  .at(-1)

test('random values of Python, in all protocols, are the same values here, and go back', {
  skip: newest === undefined && 'no Python'
}, async (t) => {
  t.diagnostic(`again with IT_SERVE_SEED=${seed}`)
  const { program } = newest as { program: string }
  const dumped = await run(program, 'dumps', String(seed), String(300 * runs)).ended('its values', ms)
  const all = String(dumped.stdout)
    .replace(/\r?\n$/, '')
    .split('\n')
    .map((line) => line.split('\t') as [string, ...string[]])
  const back = run(program, 'loads')
  for (const [is, ...written] of all) {
    assert.equal(written.length, 6)
    let value: PlainValue = null
    for (const [protocol, hex] of written.entries()) {
      value = fromPickle(Buffer.from(hex, 'hex'))
      assert.equal(told(value), is, `protocol ${protocol}`)
    }
    back.write(`${Buffer.from(toPickle(value)).toString('hex')}\n`)
  }
  const { stdout, stderr } = await back.endInput().ended('what it read', ms)
  assert.deepEqual(
    String(stdout)
      .replace(/\r?\n$/, '')
      .split('\n'),
    all.map(([is]) => is),
    stderr
  )
})

/** As in connection.py. */
function told(value: PlainValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return `str ${Buffer.from(value, 'utf16le').toString('hex')}`
  if (typeof value === 'number') {
    const double = Buffer.alloc(8)
    double.writeDoubleBE(value)
    return `float ${double.toString('hex')}`
  }
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  if (value instanceof ByteArray) return `bytearray ${Buffer.from(value.bytes).toString('hex')}`
  if (Array.isArray(value)) return `list [${value.map(told).join(', ')}]`
  if (value instanceof Tuple) return `tuple [${value.items.map(told).join(', ')}]`
  if (value instanceof Set) return `set [${Array.from(value, told).sort().join(', ')}]`
  if (value instanceof FrozenSet) return `frozenset [${Array.from(value.items, told).sort().join(', ')}]`
  return `dict [${Array.from(value, ([name, item]) => `${told(name)}: ${told(item)}`).join(', ')}]`
}

test('a key file that others may read is refused, and its line end is not part of the key', () => {
  const { parse } = python.options?.authkeyFile ?? assert.fail('no option')
  const [open, secret, empty] = ['open', 'secret', 'empty'].map((name) => join(folder, name)) as [
    string,
    string,
    string
  ]
  writeFileSync(open, 'a key\n', { mode: 0o644 })
  writeFileSync(secret, 'a key\r\n', { mode: 0o600 })
  writeFileSync(empty, '\n', { mode: 0o600 })
  assert.deepEqual(parse(secret, '--authkey-file'), Uint8Array.from(key))
  assert.throws(() => parse(open, '--authkey-file'), /--authkey-file is .*chmod 600.*its mode is 0644/)
  assert.throws(() => parse(empty, '--authkey-file'), /a key, and it is empty/)
  assert.throws(() => parse(join(folder, 'none'), '--authkey-file'), /--authkey-file.*ENOENT/)
})
