/**
 * Options from flags, the environment and a file: who wins, what is refused and in which words, what is printed back. All of
 * it in this process, with `--print-config`, so that nothing is served.
 */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command, Option } from 'commander'
import fc from 'fast-check'
import { parse } from 'yaml'
import { InvalidOptionError, largest, type ServiceLimit, serviceLimits } from '../../lib/index.ts'
import { configure } from '../../scripts/configuration/configure.ts'
import { printedConfig } from '../../scripts/configuration/print-config.ts'
import { type Setting, settingsOf } from '../../scripts/configuration/setting.ts'
import { commandTree, runProgram } from '../../scripts/program.ts'
import { endpointOf, itServeWith } from '../support/program.ts'
import { ask, directory } from '../support/raw.ts'

const folder = directory()
const config = join(folder, 'it-serve.yaml')

interface Outcome {
  readonly status: number
  readonly out: string
  readonly err: string
}

async function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  let [out, err] = ['', '']
  const status = await runProgram(args, {
    environment,
    writeOut(text) {
      out += text
    },
    writeErr(text) {
      err += text
    }
  })
  return { status, out, err }
}

/** What is in force for a server, as its own section. */
async function effective(server: string, args: readonly string[], environment = {}): Promise<Record<string, unknown>> {
  const { status, out, err } = await run(['serve', server, '--print-config', ...args], environment)
  assert.deepEqual([status, err], [0, ''])
  return parse(out).servers[server]
}

function file(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

function settings(server: string): Setting[] {
  const serve = commandTree().commands.find((one) => one.name() === 'serve')
  return settingsOf(serve?.commands.find((one) => one.name() === server) as never)
}

/** Every place where a value of `key` may stand, and how errors speak of it. */
const places: Record<
  string,
  (setting: Setting, text: string) => [args: string[], env: Record<string, string>, place: string, status: number]
> = {
  flag: ({ flag }, text) => [[`${flag}=${text}`], {}, flag, 64],
  environment: ({ variable }, text) => [[], { [variable]: text }, variable, 78],
  'a file of the environment': ({ variable }, text) => {
    const path = file('value', `${text}\n`)
    return [[], { [`${variable}_FILE`]: path }, `${variable}_FILE (${path})`, 78]
  },
  'the section of the configuration file': ({ key }, text) => {
    file('it-serve.yaml', `servers:\n  echo:\n    ${key}: ${text}\n`)
    return [['--config', config], {}, `servers.echo.${key} in ${config} line 3`, 78]
  },
  'the top of the configuration file': ({ key }, text) => {
    file('it-serve.yaml', `# all\n${key}: ${text}\n`)
    return [[], { IT_SERVE_CONFIG: config }, `${key} in ${config} line 2`, 78]
  }
}

/** Two places have a reader of their own, and try everything; the others share it, and try two things each, in turn. */
const full = ['environment', 'the section of the configuration file']

for (const [where, stand] of Object.entries(places)) {
  test(`K3: no limit takes what cannot be, from ${where}`, async () => {
    const numbers = settings('echo').filter(({ kind }) => kind === 'number')
    assert.ok(numbers.length > Object.keys(serviceLimits).length)
    for (const [index, setting] of numbers.entries()) {
      const limit = (serviceLimits as Record<string, ServiceLimit>)[setting.key]
      const wrong = ['-1', 'many', '1.5', '10s', 'NaN', '.nan', 'Infinity', '.inf', '1e400', '9007199254740993', '"5"']
      if (limit !== undefined && limit.least > 0) wrong.push('0')
      if (limit !== undefined) wrong.push(String(largest[limit.unit] + 1))
      const some = [index, index + 5].map((at) => wrong[at % wrong.length] as string)
      for (const text of full.includes(where) ? wrong : some) {
        const [args, environment, place, status] = stand(setting, text)
        const outcome = await run(['serve', 'echo', '--print-config', ...args], environment)
        assert.equal(outcome.status, status, `${setting.key}: ${text}: ${outcome.err}`)
        assert.equal(outcome.out, '')
        assert.ok(outcome.err.startsWith(`it-serve: ${place} is `), `${text}: ${outcome.err}`)
        assert.match(outcome.err, /^[^\n]+: expected a (number|whole number from \d+ to \d+)\n$/)
      }
      const good = limit === undefined ? '1' : String(largest[limit.unit])
      const [args, environment] = stand(setting, good)
      assert.equal((await effective('echo', args, environment))[setting.key], Number(good), setting.key)
    }
  })
}

const unknown: [args: string[], environment: Record<string, string>, content: string, says: RegExp][] = [
  [['--max-conections', '5'], {}, '', /unknown option '--max-conections' \(Did you mean --max-connections\?\)/],
  [
    [],
    { IT_SERVE_MAX_CONECTIONS: '5' },
    '',
    /IT_SERVE_MAX_CONECTIONS is no option, did you mean IT_SERVE_MAX_CONNECTIONS\?/
  ],
  [[], { IT_SERVE_IDLE_FILE: '/x' }, '', /IT_SERVE_IDLE_FILE is no option/],
  [[], { IT_SERVE_SERVICE_HOST: '10.0.0.1' }, '', /enableServiceLinks: false/],
  [[], { IT_SERVE_PORT_80_TCP: 'tcp://10.0.0.1:80' }, '', /enableServiceLinks: false/],
  [[], {}, 'maxConections: 5', /maxConections in .* line 1 is no option, did you mean maxConnections\?/],
  [
    [],
    {},
    'servers:\n  echo:\n    idle-ms: 5',
    /servers\.echo\.idle-ms in .* line 3 is no option, did you mean idleMs\?/
  ],
  [[], {}, 'servers:\n  zen:\n    lines: true', /servers\.zen\.lines in .* line 3 is no option/],
  [[], {}, 'servers:\n  ehco: {}', /servers\.ehco in .* line 2 is none of echo, .*did you mean echo\?/],
  [[], {}, 'clients:\n  echo:\n    idleMs: 5', /clients\.echo\.idleMs in .* line 3 is no option/],
  [[], {}, 'server:\n  echo: {}', /server in .* line 1 is no option, did you mean servers\?/],
  [[], {}, 'config: x', /config in .* line 1 is no option/],
  [[], {}, '__proto__: {}\nconstructor: 1', /__proto__ in .* line 1 is no option/]
]

test('a name that nobody knows is refused, with the one that was meant', async () => {
  for (const [args, environment, content, says] of unknown) {
    file('it-serve.yaml', content)
    const { status, err } = await run(['serve', 'echo', '--print-config', '--config', config, ...args], environment)
    assert.match(err, says)
    assert.match(err, /^it-serve: [^\n]+\n$/)
    assert.ok(status === 64 || status === 78, err)
  }
})

const malformed: [content: string, says: RegExp][] = [
  ['servers: {echo: {idleMs: 1, idleMs: 2}}', /unique/],
  ['servers:\n  echo:\n  - idleMs', /servers\.echo in .* line 2 is a list: expected keys and values/],
  ['[]', /is a list: expected keys and values/],
  ['servers: 5', /servers in .* line 1 is 5: expected keys and values/],
  ['"unterminated', /at line 1/],
  ['idleMs: !!binary aGVsbG8=', /expected a number|tag/],
  ['idleMs:', /idleMs in .* line 1 is empty: expected a number/],
  ['quiet: yes', /quiet in .* line 1 is "yes": expected true or false/],
  ['listen: [7]', /listen in .* line 1 is a list: expected text, or a list of it/],
  ['listen: here', /listen in .* line 1 is "here": expected tcp:/],
  ['host: true', /host in .* line 1 is true: expected text/],
  ['host: [h]', /host in .* line 1 is a list: expected text/],
  ['host: h\nlisten: "stdio:"', /listen in .* and host in .* are both set/],
  ['a: &a [x]\nb: *a', /a in .* line 1 is no option/],
  ['servers: {zen: {idleMs: fast}}', /servers\.zen\.idleMs in .* is "fast": expected a number/]
]

test('a file that cannot be read says where', async () => {
  for (const [content, says] of malformed) {
    file('it-serve.yaml', content)
    const { status, err } = await run(['serve', 'echo', '--print-config', '--config', config])
    assert.match(err, says)
    assert.match(err, /^it-serve: [^\n]+\n$/)
    assert.equal(status, 78, err)
  }
  const missing = await run(['serve', 'echo'], { IT_SERVE_CONFIG: join(folder, 'missing') })
  assert.deepEqual(missing.status, 78)
  assert.match(missing.err, /IT_SERVE_CONFIG is ".*missing": .*no such file/)
})

test('whatever stands in a file, the answer is one line', async () => {
  const token = fc.constantFrom(
    'servers',
    'echo',
    'idleMs',
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '5',
    '*a',
    '&a ',
    '!!map ',
    '? ',
    '"',
    '|',
    '# ',
    '%',
    '<<',
    '\0',
    '\x1b'
  )
  const content = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(token, { maxLength: 30 }).map((tokens) => tokens.join(''))
  )
  await fc.assert(
    fc.asyncProperty(content, async (text) => {
      file('it-serve.yaml', text)
      const { status, err } = await run(['serve', 'echo', '--print-config', '--config', config])
      if (status === 0) assert.equal(err, '')
      else {
        assert.match(err, /^it-serve: [^\n]*it-serve\.yaml[^\n]*\n$/)
        assert.equal(status, 78, err)
      }
    }),
    {
      numRuns: 100,
      examples: [
        ...['[', '{a: ', '- ', '? ', '-\n '].map((level) => [level.repeat(30_000)] as [string]),
        ['a: &a [*a, *a]']
      ]
    }
  )
})

test('flags over environment over section over what is for all over defaults', async () => {
  file(
    'it-serve.yaml',
    'idleMs: 1\nframeMs: 1\ndrainMs: 1\nlingerMs: 1\nservers: {echo: {idleMs: 2, frameMs: 2, drainMs: 2}}'
  )
  const environment = { IT_SERVE_CONFIG: config, IT_SERVE_IDLE_MS: '3', IT_SERVE_FRAME_MS: '3' }
  const values = await effective('echo', ['--idle-ms', '4'], environment)
  assert.deepEqual(values, { idleMs: 4, frameMs: 3, drainMs: 2, lingerMs: 1 })
  // A number is text as it was written.
  assert.deepEqual(await effective('echo', ['--config', file('text.yaml', 'host: 0660')]), { host: '0660' })
  // JSON is YAML, with tabs too, and --config wins over IT_SERVE_CONFIG.
  const json = file('it-serve.json', JSON.stringify({ maxReply: 9, servers: { zen: { quiet: true } } }, null, '\t'))
  assert.deepEqual(await effective('zen', ['--config', json], { IT_SERVE_CONFIG: '/nowhere' }), { quiet: true })
})

test('what excludes each other: the nearer place wins, one place cannot have both', async () => {
  file('it-serve.yaml', 'listen: "unix:/nowhere/echo"')
  assert.deepEqual(await effective('echo', ['--port', '0', '--config', config]), { port: 0 })
  const both = await run(['serve', 'echo', '--print-config'], { IT_SERVE_PORT: '0', IT_SERVE_LISTEN: 'stdio:' })
  assert.match(both.err, /IT_SERVE_(PORT|LISTEN) and IT_SERVE_(PORT|LISTEN) are both set/)
  const flags = await run(['serve', 'echo', '--port', '0', '--listen', 'stdio:'])
  assert.equal(flags.status, 64)
})

test('switches, lists and files of the environment', async () => {
  const listen = file('listen', 'tcp://127.0.0.1:0\nunix:/nowhere/echo\n')
  const environment = { IT_SERVE_QUIET: 'false', IT_SERVE_READ_BUFFERS: '0', IT_SERVE_LISTEN_FILE: listen }
  assert.deepEqual(await effective('echo', [], environment), {
    listen: ['tcp://127.0.0.1:0', 'unix:/nowhere/echo'],
    quiet: false,
    readBuffers: false
  })
  const two = await effective('echo', [], { IT_SERVE_LISTEN: 'stdio:, tcp://127.0.0.1:0' })
  assert.deepEqual(two, { listen: ['stdio:', 'tcp://127.0.0.1:0'] })
  const wrong: [Record<string, string>, RegExp][] = [
    [{ IT_SERVE_QUIET: 'yes' }, /IT_SERVE_QUIET is "yes": expected true or false/],
    [{ IT_SERVE_PORT: '' }, /IT_SERVE_PORT is empty/],
    [{ IT_SERVE_PORT: '1', IT_SERVE_PORT_FILE: listen }, /IT_SERVE_PORT and IT_SERVE_PORT_FILE are both set/],
    [{ IT_SERVE_PORT_FILE: '/nowhere' }, /IT_SERVE_PORT_FILE is "\/nowhere": .*no such file/],
    [{ IT_SERVE_PORT_FILE: file('empty', '\n') }, /IT_SERVE_PORT_FILE \(.*\) is empty/]
  ]
  for (const [variables, says] of wrong) {
    const { status, err } = await run(['serve', 'echo', '--print-config'], variables)
    assert.match(err, says)
    assert.equal(status, 78)
  }
})

/** A server whose options nobody but this test knows. */
function demo(
  environment: Record<string, string>,
  ...args: string[]
): { values: Record<string, unknown>; printed: string } {
  const command = new Command('demo')
    .option('--auth-key <KEY>', 'a secret', (text) => {
      if (text.length < 4) throw new InvalidOptionError('--auth-key', text, 'at least 4 letters')
      return text
    })
    .option('--auth-key-file <FILE>', 'or where it stands')
    .addOption(new Option('--level <LEVEL>', 'one of these').choices(['low', 'high']).default('low'))
    .option('--also <NAME...>', 'any number of them')
    .option('--workers <N>', 'how many', Number)
  let printed = ''
  command.action(() => {
    printed = printedConfig(command)
  })
  const program = new Command().exitOverride().addCommand(new Command('serve').addCommand(command))
  program.hook('preAction', () => void configure(command, environment))
  program.parse(['serve', 'demo', ...args], { from: 'user' })
  return { values: command.opts(), printed }
}

test('an option that a command has is there in every place, without a word about it', () => {
  const key = file('auth-key', 'secret\n')
  file('it-serve.yaml', 'servers: {demo: {also: [c, d], workers: 3}}')
  const [values, again] = [
    { IT_SERVE_CONFIG: config, IT_SERVE_AUTH_KEY: 'secret', IT_SERVE_LEVEL: 'high' },
    { IT_SERVE_ALSO: 'a b', IT_SERVE_WORKERS: '2' }
  ].map((environment) => demo(environment).values)
  assert.deepEqual(values, { authKey: 'secret', level: 'high', also: ['c', 'd'], workers: 3 })
  assert.deepEqual(again, { level: 'low', also: ['a', 'b'], workers: 2 })
  assert.throws(
    () => demo({ IT_SERVE_LEVEL: 'middle' }),
    /^Error: IT_SERVE_LEVEL is "middle": Allowed choices are low, high\.$/
  )
  // It names the file in both readings, and is the option's that is called so.
  assert.deepEqual(demo({ IT_SERVE_AUTH_KEY_FILE: key }).values, { authKeyFile: key, level: 'low' })
  assert.throws(() => demo({ IT_SERVE_AUTH_KEY_FILE: key, IT_SERVE_AUTH_KEY: 'x' }), /are both set/)
})

test('a secret is not shown, neither where it is right nor where it is wrong', () => {
  const { printed } = demo({ IT_SERVE_AUTH_KEY: 'secret' }, '--workers', '4')
  assert.match(printed, /^ {4}# authKey: \(a secret\) {2}# IT_SERVE_AUTH_KEY$/m)
  assert.match(printed, /^ {4}workers: 4 {2}# --workers$/m)
  assert.doesNotMatch(printed, /: secret/)
  assert.throws(() => demo({ IT_SERVE_AUTH_KEY: 'abc' }), /^Error: IT_SERVE_AUTH_KEY is a secret that cannot be used$/)
})

test('an option of another command is left alone in the environment, which all of them share', async () => {
  assert.deepEqual(await effective('echo', [], { IT_SERVE_ANSWERS: 'x', IT_SERVE_TLS_SERVER_NAME: 'x' }), {})
})

test('paths of a file are relative to its folder, and --print-config can be read back', async () => {
  mkdirSync(join(folder, 'etc'))
  const answers = file('etc/answers.json', '{"Why?": "So."}')
  const path = file('etc/zen.yaml', 'servers: {zen: {answers: answers.json, idleMs: 7, listen: ["tcp://127.0.0.1:0"]}}')
  const first = await run(['serve', 'zen', '--print-config', '--config', path, '--frame-ms', '9'])
  assert.match(first.out, new RegExp(`^ {4}answers: "${answers}" {2}# servers\\.zen\\.answers in ${path} line 1$`, 'm'))
  assert.match(first.out, /^ {4}frameMs: 9 {2}# --frame-ms$/m)
  assert.match(first.out, /^ {4}# drainMs: 15000$/m)
  const again = file('again.yaml', first.out)
  assert.deepEqual(await effective('zen', ['--config', again]), parse(first.out).servers.zen)
  assert.equal((await run(['serve', 'zen', '--print-config'])).out.split('\n')[1], '  zen: {}')
})

test('a size has its unit in every place, or none', async () => {
  const flags = ['--max-bytes', '64MiB']
  const printed = await run(['serve', 'streamer', '--print-config', ...flags])
  const again = file('sizes.yaml', printed.out)
  assert.equal((await effective('streamer', ['--config', again])).maxBytes, '64MiB')
  assert.equal((await effective('streamer', [], { IT_SERVE_MAX_BYTES: '64MiB' })).maxBytes, '64MiB')
  const plain = file('plain.yaml', 'maxBytes: 65536')
  assert.equal((await effective('streamer', ['--config', plain])).maxBytes, '65536')
  const wrong = await run(['serve', 'streamer', '--config', file('wrong.yaml', 'maxBytes: 64 MB')])
  assert.match(
    wrong.err,
    /^it-serve: maxBytes in .*wrong\.yaml line 1 is "64 MB": expected a number of bytes, such as /
  )
  assert.equal(wrong.status, 78)
})

test('a key that others can read is told, one that they can write is refused', async () => {
  const cert = file('cert.pem', '')
  const key = file('key.pem', '', 0o604)
  const tls = ['--tls-cert', cert, '--listen', 'tls://127.0.0.1:0', '--print-config']
  const read = await run(['serve', 'echo', ...tls, '--tls-key', key])
  assert.equal(read.err, `it-serve: warning: --tls-key: everybody can read ${key} (chmod o-r)\n`)
  chmodSync(key, 0o602)
  const written = await run(['serve', 'echo', ...tls], { IT_SERVE_TLS_KEY_FILE: key })
  assert.equal(written.status, 78)
  assert.match(written.err, /^it-serve: IT_SERVE_TLS_KEY_FILE: everybody can write /)
  chmodSync(key, 0o600)
  assert.equal((await run(['serve', 'echo', ...tls], { IT_SERVE_TLS_KEY: key })).err, '')
})

test('the help has every option in its group, with its default', async () => {
  const { out } = await run(['serve', 'time', '--help'])
  for (const group of ['Options', 'Configuration', 'Running', 'TLS', 'Datagrams', 'Limits'])
    assert.match(out, new RegExp(`^${group}:$`, 'm'))
  const text = out.replace(/\s+/g, ' ')
  for (const { option, byDefault, kind } of settings('time')) {
    const from = text.indexOf(` ${option.flags} `)
    assert.ok(from > 0, option.flags)
    const own = text.slice(from, text.indexOf(' --', from + option.flags.length + 1))
    if (byDefault !== undefined && kind !== 'switch') assert.ok(own.includes(`default: ${byDefault}`), own)
  }
})

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const flag of ['--version', '-V']) {
    const { status, out } = await run([flag])
    assert.deepEqual([status, out], [0, `${version}\n`])
  }
})

test('what the README shows is such a file, and is printed back so', async () => {
  const readme = readFileSync('README.md', 'utf8')
  const [, shown = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(readme) ?? []
  const path = file('it-serve.yaml', shown)
  const sections = Object.keys(parse(shown).servers)
  assert.ok(sections.length > 1)
  for (const server of sections) await effective(server, ['--config', path])
  const [, command = '', printed = ''] =
    /^\$ IT_SERVE_IDLE_MS=7000 it-serve (.*)\n([\s\S]*?)^ {4}\.\.\./m.exec(readme) ?? []
  const { out } = await run(command.replace('it-serve.yaml', path).split(' '), { IT_SERVE_IDLE_MS: '7000' })
  const lines = out.replaceAll(path, 'it-serve.yaml').split('\n')
  for (const line of printed.trimEnd().split('\n')) assert.ok(lines.includes(line), line)
})

test('a process reads its environment and its file', async (t) => {
  const endpoint = `unix:${folder}/echo`
  const environment = {
    IT_SERVE_CONFIG: file('process.yaml', 'quiet: false'),
    IT_SERVE_QUIET: 'true',
    IT_SERVE_LISTEN: endpoint
  }
  const server = itServeWith(environment, 'serve', 'echo')
  t.after(() => server.kill())
  assert.equal(await endpointOf(server), endpoint)
  assert.equal(String((await ask(endpoint, 'hello')).bytes), 'hello')
  const { status, stderr } = await server.signal('SIGTERM').ended()
  assert.deepEqual([status, stderr], [0, ''])
})
