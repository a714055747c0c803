/**
 * Every server of scripts/servers.ts, held to what all must show, and found everywhere it must be found. A new one needs:
 * servers/NAME.ts (or servers/NAME/NAME.ts), its line in scripts/servers.ts, `serve:NAME` and `client:NAME` in package.json,
 * a row in the table of the README and a transcript below it, and a line here.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { defaultsOf } from '../../lib/index.ts'
import { statusOf } from '../../scripts/exit-status.ts'
import { serveCommand } from '../../scripts/serve.ts'
import { clients, servers } from '../../scripts/servers.ts'
import { blocks } from '../../servers/blocks.ts'
import { chat } from '../../servers/chat/chat.ts'
import { echo } from '../../servers/echo.ts'
import { exec } from '../../servers/exec.ts'
import { python } from '../../servers/python.ts'
import { sixteen } from '../../servers/sixteen.ts'
import { streamer } from '../../servers/streamer.ts'
import { talk } from '../../servers/talk/talk.ts'
import { timestamp } from '../../servers/timestamp.ts'
import { upper } from '../../servers/upper.ts'
import { zen } from '../../servers/zen.ts'
import { nodeFile } from '../support/program.ts'
import { dial, directory, listening, received } from '../support/raw.ts'
import { assertHeard, type Entry, serverSuite, split } from '../support/server-suite.ts'
import { batches } from '../support/service.ts'
import { within } from '../support/wait.ts'

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** One line a server: what is said and heard, what floods it, and how that ends where it is no frame over its limit. */
const entries: readonly Entry[] = [
  { server: echo, say: 'hello\n', hear: 'hello\n', flood: 'x', ends: 'write_stalled' },
  { server: echo, flags: ['--lines'], say: 'hello\n', hear: 'hello\n', flood: 'x' },
  {
    server: zen,
    say: 'Simple is better than?Why?',
    hear: 'Complex.Error: unknown aphorism.',
    flood: 'x',
    wrong: [['--answers', 'nowhere']]
  },
  { server: sixteen, say: 'Hi there, server', hear: 'Farewell, client', flood: 'x', ends: 'linger_timeout' },
  { server: streamer, flags: ['--reply', '--max-bytes', '1MiB'], say: 'a', hear: `1 ${sha256('a')}\n`, flood: 'x' },
  { server: streamer, flags: ['--max-bytes', '1MiB'], say: 'a', hear: '', flood: 'x', wrong: [['--max-bytes', '0']] },
  {
    server: blocks,
    flags: ['--reply', '--max-bytes', '1MiB'],
    say: '\0\0\0\x01a\0\0\0\x01b\0\0\0\0',
    hear: '\0\0\0\x01b\0\0\0\x01a\0\0\0\0',
    flood: '\0\0\0\x01a'
  },
  {
    server: blocks,
    flags: ['--max-bytes', '64KiB'],
    say: '\0\0\0\0',
    hear: '',
    flood: '\0\0\0\x01a',
    wrong: [['--max-bytes', '1TB']]
  },
  {
    server: timestamp,
    flags: ['--format', '%s!'],
    say: '-1.5\nx\n',
    hear: "-2!\nError: not a timestamp: 'x'\n",
    flood: '1',
    wrong: [['--framing', 'words']]
  },
  {
    server: timestamp,
    flags: ['--format', '%s!', '--framing', 'chunk'],
    say: '7\n',
    hear: /^7!/,
    flood: 'x',
    ends: 'write_stalled'
  },
  { server: upper, say: 'Straße', hear: 'STRAßE', flood: 'x', ends: 'write_stalled' },
  {
    server: python,
    say: '\0\0\0\x05hello\0\0\0\0',
    hear: '\0\0\0\x05hello\0\0\0\0',
    flood: 'x',
    wrong: [
      ['--authkey-file', 'nowhere'],
      ['--messages', 'some']
    ]
  },
  {
    server: exec,
    say: 'ls\nq\n',
    hear: '\x56\0\0\0Error: not allowed: "ls" is no command of the allow-list, and no allow-list was given\n',
    flood: 'x',
    wrong: [
      ['--allow', 'nowhere'],
      ['--reply', 'loudly']
    ]
  },
  {
    server: talk,
    say: Buffer.from('Anybody there?\r\n\xff\xf6bye\n', 'latin1'),
    hear: '[Yes]\r\n',
    flood: 'x',
    wrong: [['--workers', '2']]
  },
  {
    server: chat,
    say: '/nick ann\r\n/who\r\n',
    hear: /^-- Welcome! You are guest\d+\. .*\r\n-- You are ann now\.\r\n-- In lobby: [\w, ]+\r\n-- Good-bye\.\r\n$/s,
    flood: 'x',
    wrong: [
      ['--max-rooms', '0'],
      ['--queued-bytes', '1'],
      ['--history', 'all'],
      ['--workers', '2']
    ]
  }
]
/** Servers of datagrams alone; their conversations stand in test/peers. */
const datagrams = ['time', 'broadcast']

for (const entry of entries) serverSuite(entry)

test('each says where it listens, and at SIGTERM lets what was begun finish', async (t) => {
  const started = entries.filter(({ server }, index) => entries.findIndex((other) => other.server === server) === index)
  const words = started.map(({ server, flags = [] }) => [server.name, '--port', '0', ...flags])
  const all = nodeFile(new URL('../support/command-lines.ts', import.meta.url), JSON.stringify(words))
  t.after(() => all.kill())
  const logged = ({ server }: Entry, event: string): Promise<string> =>
    all.line(
      (line) => line.includes(`"server":"${server.name}"`) && line.includes(`"event":"${event}"`),
      `the event ${event} of ${server.name}`,
      'stderr'
    )
  const begun = started.map(async (entry) => {
    const { name } = entry.server
    const line = await all.line((said) => said.startsWith(`${name} listening at `), `where ${name} listens`)
    const endpoint = /^\w+ listening at (tcp:\/\/127\.0\.0\.1:[1-9]\d*)$/.exec(line)?.[1]
    assert.ok(endpoint !== undefined, line)
    const socket = await dial(endpoint)
    const answer = received(socket)
    socket.write(split(entry.say)[0])
    await logged(entry, 'accept')
    return { entry, socket, answer, endpoint }
  })
  const conversations = await Promise.all(begun)
  all.signal('SIGTERM')
  for (const { entry, socket, answer, endpoint } of conversations) {
    await logged(entry, 'drain')
    socket.end(split(entry.say)[1])
    const { bytes, how } = await answer
    assertHeard(entry, bytes, 'at SIGTERM')
    assert.equal(how, 'end', entry.server.name)
    await assert.rejects(dial(endpoint), { code: 'ECONNREFUSED' })
  }
  const { status, signal, stdout } = await all.ended()
  assert.deepEqual([status, signal], [0, null])
  assert.match(String(stdout), /^The client at 127\.0\.0\.1:\d+ says: 'Hi there, server'$/m)
})

test('every client logs in first, where it is given a key', async (t) => {
  const nobody = createServer((socket) => void socket.on('error', () => {}).resume())
  t.after(() => nobody.close())
  const endpoint = `tcp://127.0.0.1:${await listening(nobody)}`
  for (const client of clients.filter(({ name }) => !datagrams.includes(name))) {
    const running = client.run({
      endpoint,
      login: () => Promise.reject(new Error('the login was asked for')),
      message: client.name === 'sixteen' ? undefined : 'message',
      options: defaultsOf(client.options),
      input: batches(),
      print: async () => {},
      signal: new AbortController().signal
    })
    await assert.rejects(within(running, client.name), /the login was asked for/, client.name)
  }
})

test('the flags of a login: a key that cannot be used, and what does not go together, is refused at the start', async () => {
  const path = directory()
  const [good, open] = [`${path}/good`, `${path}/open`]
  writeFileSync(good, 'secret\n', { mode: 0o600 })
  writeFileSync(open, 'secret\n')
  chmodSync(open, 0o644)
  const wrong: [words: string[], status: number, says: RegExp][] = [
    [['--auth-key-file', `${path}/nowhere`], 78, /no such file/],
    [['--auth-key-file', open], 78, /chmod 600/],
    [['--auth', 'mutual'], 64, /--auth-key-file FILE/],
    [['--auth-name', 'ann'], 64, /--auth mutual/],
    [['--auth-key-file', good, '--auth-name', 'ann'], 64, /--auth mutual/],
    [['--auth-key-file', good, '--listen', 'udp://127.0.0.1:0'], 64, /datagrams have no login/]
  ]
  for (const [words, status, says] of wrong) {
    const command = serveCommand(echo)
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
    await assert.rejects(command.parseAsync([...words, '--quiet'], { from: 'user' }), (error: Error) => {
      assert.match(error.message, says)
      assert.equal(statusOf(error), status)
      return true
    })
  }
  const command = serveCommand(echo)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  await assert.rejects(command.parseAsync(['--auth', 'plain'], { from: 'user' }), /hmac-sha256, hmac-md5, mutual/)
})

test('each is everywhere: a file with its transcript, scripts, the README, this suite, and a client', () => {
  const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const readme = read('README.md')
  for (const { name, endpoints, summary } of servers) {
    const file = existsSync(new URL(`../../servers/${name}.ts`, import.meta.url)) ? `${name}.ts` : `${name}/${name}.ts`
    const [header = ''] = read(`servers/${file}`).split('*/')
    for (const part of [' *   C: ', ' *   S: ', ' * Framing: ']) assert.ok(header.includes(part), `${part}in ${file}`)
    for (const verb of ['serve', 'client']) {
      assert.equal(scripts[`${verb}:${name}`], `exec node --import tsx scripts/it-serve.ts ${verb} ${name}`)
    }
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))
    assert.ok(row?.includes(`\`${endpoints[0]}\``), `a row for ${name} with its endpoint in the README`)
    assert.ok(readme.includes(`$ npm run serve:${name}`), `a transcript of ${name} in the README`)
    assert.ok(datagrams.includes(name) || entries.some(({ server }) => server.name === name), `${name} in this suite`)
    assert.ok(summary, `a summary of ${name}`)
  }
  assert.deepEqual(
    clients.map(({ name }) => name),
    servers.map(({ name }) => name)
  )
})
