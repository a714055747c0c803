/**
 * What may run, and what its program gets: the words of a line, the rules of an allow-list, and what a file must not say.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { authGate, authLogin, InvalidOptionError, type Login, serve } from '../../lib/index.ts'
import { allowOption, nothingAllowed, parseAllowList } from '../../servers/exec/allow-list.ts'
import { auditLine } from '../../servers/exec/audit.ts'
import { Refusal, wordsOf } from '../../servers/exec/command-line.ts'
import { invocationOf } from '../../servers/exec/desk.ts'
import { explain } from '../../servers/exec/explain.ts'
import { Places } from '../../servers/exec/places.ts'
import { exec, execClient } from '../../servers/exec.ts'
import { allowing, noCommands, programs } from '../support/commands.ts'
import { itServe, skipUnless } from '../support/program.ts'
import { directory, hostAndPort } from '../support/raw.ts'
import { batches, start } from '../support/service.ts'

/** The words, or undefined for a line that is refused. */
function words(line: string): string[] | undefined {
  try {
    return wordsOf(line)
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return undefined
  }
}

test('the words of a line are those of Python’s shlex.split', { skip: skipUnless('python3') }, () => {
  const sign = fc.constantFrom(
    ' ',
    ' ',
    "'",
    '"',
    '\\',
    'a',
    '-',
    '$',
    ';',
    '*',
    '`',
    '#',
    '~',
    'é',
    '\u00a0',
    '😀',
    '\u202e'
  )
  const lines = fc.sample(
    fc.array(sign, { maxLength: 24 }).map((signs) => signs.join('')),
    3000
  )
  const code = `
import json, shlex, sys
def words(line):
    try:
        return shlex.split(line)
    except ValueError:
        return None
print(json.dumps([words(line) for line in json.load(sys.stdin)]))`
  const input = JSON.stringify(lines)
  const told = JSON.parse(execFileSync('python3', ['-c', code], { input, encoding: 'utf8' })) as (string[] | null)[]
  const refused = told.filter((one) => one === null).length
  assert.ok(refused > 100 && refused < 2900, `${refused} of 3000 are refused`)
  for (const [index, line] of lines.entries()) assert.deepEqual(words(line) ?? null, told[index], JSON.stringify(line))
})

test('whatever stands between single quotes is one word as it is; control characters are no words at all', () => {
  const word = fc.string({ unit: 'binary', maxLength: 40 })
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (all) => {
      const line = all.map((one) => `'${one.replaceAll("'", `'"'"'`)}'`).join(' ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      const plain = !/[\u0000-\u001f\u007f-\u009f]/.test(line)
      assert.deepEqual(words(line), plain ? all : undefined)
    }),
    { numRuns: 300 }
  )
  assert.equal(words('x'.repeat(4097)), undefined)
})

const list = allowing({
  grep: {
    program: '/bin/true',
    fixed: ['--color=never'],
    options: ['-i', { option: '-m', value: { matches: '[0-9]{1,3}' } }, { matches: '--context=[0-9]' }],
    operands: [{ matches: 'a|ab' }, { oneOf: ['one', 'two'], times: 2 }, { matches: '[xy]', optional: true }]
  },
  bare: { program: '/bin/true' },
  old: {
    program: '/bin/true',
    separator: false,
    options: ['-v'],
    operands: [{ matches: '.*', times: 3, optional: true }]
  }
})

const lines: Record<string, string[] | RegExp> = {
  'grep ab one': ['--color=never', '--', 'ab', 'one'],
  'grep -i -m 12 --context=3 a two one': ['--color=never', '-i', '-m', '12', '--context=3', '--', 'a', 'two', 'one'],
  'grep -- a one x': ['--color=never', '--', 'a', 'one', 'x'],
  "'grep' a 'one' \"y\"": ['--color=never', '--', 'a', 'one', 'y'],
  '  bare  ': [],
  'old -v a b': ['-v', 'a', 'b'],
  'old -': /"-" may be read as an option/,
  'old a -rf': /"-rf" may be read as an option/,
  'old --': /"--" is no option of it/,
  '': /names no command/,
  "''": /"" is no command/,
  'Grep a one': /"Grep" is no command/,
  '/bin/true': /"\/bin\/true" is no command/,
  __proto__: /"__proto__" is no command/,
  constructor: /"constructor" is no command/,
  'LD_PRELOAD=/tmp/x grep a one': /"LD_PRELOAD=\/tmp\/x" is no command/,
  'bare x': /"x" fits no operand/,
  'bare -x': /"-x" is no option/,
  'grep abc one': /"abc" does not fit operand 1/,
  'grep ab': /operand 2 is missing/,
  'grep ab one two one': /"one" fits no operand/,
  'grep -m': /the option "-m" has no value/,
  'grep -m 1234 a one': /"1234" is no value of "-m"/,
  'grep -m12 a one': /"-m12" is no option/,
  'grep --context=33 a one': /"--context=33" is no option/,
  'grep a -i one': /"-i" does not fit operand 2/,
  'grep -- -i one': /"-i" does not fit operand 1/,
  'grep a one\n': /control character \(U\+000A\) stands at place 11/,
  "grep 'a one": /single quote at place 6 has no end/
}

test('each word fits a rule, or nothing starts; what the program gets is what was typed, behind a `--`', () => {
  for (const [line, wanted] of Object.entries(lines)) {
    if (Array.isArray(wanted)) assert.deepEqual(invocationOf(list, line).args, wanted, line)
    else
      assert.throws(
        () => invocationOf(list, line),
        (error) => error instanceof Refusal && wanted.test(error.message),
        line
      )
  }
  assert.throws(() => invocationOf(nothingAllowed, 'date'), /no allow-list was given/)
})

test('a pattern takes no longer than its word is long', () => {
  const evil = allowing({ evil: { program: '/bin/true', operands: [{ matches: '(a+)+(a|aa)+b' }] } })
  const began = performance.now()
  assert.throws(() => invocationOf(evil, `evil ${'a'.repeat(4000)}`), Refusal)
  // Backtracking would take longer than the world exists.
  assert.ok(performance.now() - began < 5_000)
})

const path = directory()
const wrong: Record<string, [entry: unknown, says: RegExp]> = {
  'no program': [{}, /commands\.x\.program/],
  'a misspelt name': [{ program: '/bin/true', argumnets: [] }, /argumnets/],
  'a relative program': [{ program: 'true' }, /a path that begins with \//],
  'a program that is not there': [{ program: '/bin/nowhere' }, /ENOENT/],
  'a directory as a program': [{ program: '/bin/' }, /is no file/],
  'a shell': [{ program: '/bin/sh' }, /is a shell/],
  'a link to a shell': [{ program: `${path}/innocent` }, /is a shell/],
  'a batch file': [{ program: 'C:\\x.bat ' }, /a path that begins/],
  'a batch file with a path': [{ program: '/x.CMD. ' }, /is run by a shell/],
  'a program that anybody may write': [{ program: `${path}/open` }, /anybody may write to/],
  'a program that is none': [{ program: `${path}/plain` }, /EACCES|permission/],
  'a directory that is not there': [{ program: '/bin/true', directory: '/nowhere' }, /ENOENT/],
  'a pattern that is none': [{ program: '/bin/true', operands: [{ matches: '(' }] }, /missing closing/],
  'a pattern that must go back': [{ program: '/bin/true', operands: [{ matches: '(a)\\1' }] }, /invalid escape/],
  'an option without a dash': [{ program: '/bin/true', options: ['v'] }, /options/],
  'a limit of nothing': [{ program: '/bin/true', limits: { deadlineMs: 0 } }, /deadlineMs/],
  'a limit that is none': [{ program: '/bin/true', limits: { deadlineMs: '1000' } }, /deadlineMs/],
  'an odd variable': [{ program: '/bin/true', environment: { 'A=B': 'c' } }, /environment/]
}

test('a list that cannot be right is refused by name', () => {
  symlinkSync('/bin/sh', `${path}/innocent`)
  writeFileSync(`${path}/open`, '#!/bin/true\n')
  chmodSync(`${path}/open`, 0o777)
  writeFileSync(`${path}/plain`, '', { mode: 0o644 })
  for (const [what, [entry, says]] of Object.entries(wrong)) {
    assert.throws(() => parseAllowList(JSON.stringify({ commands: { x: entry } })), says, what)
  }
  const example = readFileSync('examples/allow-list.json', 'utf8')
  assert.ok(readFileSync('README.md', 'utf8').includes(example), 'the README shows the example')
  assert.deepEqual([...parseAllowList(example).commands.keys()], ['date', 'count'])
  const entry = { program: '/bin/true' }
  assert.throws(() => parseAllowList(JSON.stringify({ commands: { q: entry } })), /q ends a conversation/)
  assert.throws(() => parseAllowList(JSON.stringify({ commands: { 'a b': entry } })), /no blanks/)
  assert.throws(() => parseAllowList(JSON.stringify({ commands: {}, atOnce: 0 })), /atOnce/)
  assert.throws(() => parseAllowList('{'), SyntaxError)
  writeFileSync(`${path}/list`, '{"commands":{}}')
  chmodSync(`${path}/list`, 0o666)
  assert.throws(() => allowOption.parse(`${path}/list`, '--allow'), /anybody may write to it/)
  assert.throws(() => allowOption.parse(`${path}/nowhere`, '--allow'), InvalidOptionError)
})

test('nobody but root runs a command as somebody else; root runs none as root unless the list says so', () => {
  const entry = { program: '/bin/true' }
  const user = (content: object, root: boolean) => parseAllowList(JSON.stringify(content), root).commands.get('x')?.user
  assert.deepEqual(user({ commands: { x: entry } }, true), { uid: 65_534, gid: 65_534 })
  assert.deepEqual(user({ commands: { x: { ...entry, user: { uid: 0, gid: 0 } } } }, true), { uid: 0, gid: 0 })
  assert.deepEqual(user({ user: { uid: 5, gid: 6 }, commands: { x: entry } }, true), { uid: 5, gid: 6 })
  assert.equal(user({ commands: { x: entry } }, false), undefined)
  assert.throws(() => user({ user: { uid: 123_456, gid: 6 }, commands: { x: entry } }, false), /only root can run it/)
})

test('off loopback it does not start without a login; behind one it runs what is allowed', {
  skip: noCommands
}, async (t) => {
  for (const listen of ['tcp://0.0.0.0:0', 'tcp://[::]:0', 'tcp://192.0.2.1:0', 'tcp://127.example.invalid:0']) {
    await assert.rejects(
      serve(exec, { listen }),
      (error) => error instanceof InvalidOptionError && /without a login/.test(error.message)
    )
  }
  await start(t, exec, { listen: ['tcp://127.0.0.2:0', 'tcp://localhost:0'] })
  const key = Buffer.from('a key that both sides have')
  const options = { allow: allowing({ both: programs.both, sleep: programs.sleep }), reply: 'json' } as const
  const gates = [authGate({ key, method: 'mutual' })]
  const { endpoint, books } = await start(t, exec, { listen: ['tcp://0.0.0.0:0'], gates, options })
  const { port } = hostAndPort(endpoint)
  const run = async (login: Login | undefined, message: string, signal = new AbortController().signal) => {
    let printed = ''
    const print = async (output: string | Uint8Array): Promise<void> => {
      printed += Buffer.from(output as string).toString()
    }
    const wire = { reply: 'json', framing: 'line' } as const
    const input = batches<Uint8Array>()
    await execClient.run({ endpoint: `tcp://127.0.0.1:${port}`, login, message, options: wire, input, print, signal })
    return printed
  }
  const login = authLogin({ key, method: 'mutual' })
  assert.equal(await run(login, 'both'), 'out\nerr\n')
  // A silent command, behind a login that seals what is said: nothing of ours gets in between.
  assert.equal(await run(login, 'sleep 0.8'), '')
  await assert.rejects(run(authLogin({ key: Buffer.from('another'), method: 'mutual' }), 'both'))
  assert.equal(books.reasons().filter((reason) => reason === 'finished').length, 2)
  // What is no login is none.
  await assert.rejects(serve(exec, { listen: 'tcp://0.0.0.0:0', gates: [async (peer) => peer] }), /without a login/)
})

test('a line of the audit is one line of plain JSON, whatever was asked', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (line) => {
      const ended = { outcome: 'refused', exitCode: null, signal: null, why: line } as const
      const peer = { remote: { host: '::1', port: 5 } } as unknown as Parameters<typeof auditLine>[0]['peer']
      const told = auditLine({ peer, began: 0, line, ended, ms: 1.4, bytes: 2 })
      assert.doesNotMatch(told, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      const read = JSON.parse(told) as Record<string, unknown>
      assert.deepEqual([read.command, read.why, read.ms], [line, line, 1])
      assert.deepEqual([read.time, read.from, read.outcome], ['1970-01-01T00:00:00.000Z', '[::1]:5', 'refused'])
    }),
    { numRuns: 300 }
  )
})

test('places: never more than there are, so many wait, one more has none', () => {
  const step = fc.oneof(fc.constant(-1), fc.nat({ max: 20 }))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.nat({ max: 4 }),
      fc.array(step, { maxLength: 60 }),
      (atOnce, most, steps) => {
        const places = new Places(atOnce, most)
        const held: { leave(): void }[] = []
        for (const one of steps) {
          const place = one < 0 ? places.take() : undefined
          if (one < 0) {
            assert.equal(place === undefined, held.length >= atOnce + most)
            if (place !== undefined) held.push(place)
          } else if (held.length > 0) {
            held.splice(one % held.length, 1)[0]?.leave()
          }
        }
        for (const { leave } of held) leave()
        for (let count = 0; count < atOnce + most; count++) assert.ok(places.take(), 'all are free again')
        assert.equal(places.take(), undefined)
      }
    ),
    { numRuns: 200 }
  )
})

test('--check tells whether and why, and starts nothing', { skip: noCommands }, async () => {
  writeFileSync(`${path}/allow`, JSON.stringify({ commands: { date: { program: '/bin/date', options: ['-u'] } } }))
  const good = explain(allowOption.parse(`${path}/allow`, '--allow'), 'date -u')
  assert.equal(good.ok, true)
  assert.deepEqual(good.lines.slice(0, 3), ['would run: "date -u"', '  program      /bin/date', '  arguments    "-u"'])
  const words = ['serve', 'exec', '--allow', `${path}/allow`, '--check', 'date -u; reboot']
  const { status, stdout, stderr } = await itServe(...words)
    .endInput()
    .ended()
  assert.deepEqual([status, stderr], [1, ''])
  assert.equal(String(stdout), 'would not run: "date -u; reboot"\n  "-u;" is no option of it\n')
})
