/**
 * The operator's desk at a real terminal: nc over TCP and UDP talks to it, tmux types what the operator types.
 */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { channel } from '../../lib/index.ts'
import { chat } from '../../servers/chat/chat.ts'
import { DatagramCallers } from '../../servers/talk/datagram-callers.ts'
import { Desk } from '../../servers/talk/desk.ts'
import { talk, talkClient } from '../../servers/talk/talk.ts'
import { Child } from '../support/child.ts'
import { endpointOf, itServe, skipUnless } from '../support/program.ts'
import { ask, hostAndPort } from '../support/raw.ts'
import { batches, start } from '../support/service.ts'
import { Tmux } from '../support/tmux.ts'
import { Typist } from '../support/typist.ts'
import { Bell, within } from '../support/wait.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))

function nc(endpoint: string, ...flags: string[]): Child {
  const { host, port } = hostAndPort(endpoint)
  return new Child('nc', [...flags, host, String(port)])
}

test('two callers on TCP, one on UDP: replies reach the right one, bye ends one talk and never the desk', {
  skip: skipUnless('tmux', 'nc')
}, async (t) => {
  const listen = ['--listen', 'tcp://127.0.0.1:0', '--listen', 'udp://127.0.0.1:0', '--quiet']
  const command = [process.execPath, '--import', 'tsx', 'scripts/it-serve.ts', 'serve', 'talk', ...listen]
  const desk = new Tmux(t, command, project)
  const [, tcp = ''] = await desk.shows(/talk listening at (tcp:\S+)\n/)
  const [, udp = ''] = await desk.shows(/talk listening at (udp:\S+)\n/)
  const [one, two, third] = [nc(tcp), nc(tcp), nc(udp, '-u')]
  const heard = async (caller: Child, text: string): Promise<string> => {
    caller.write(`${text}\n`)
    const [, name = ''] = await desk.shows(new RegExp(`(?:^|\\n)(\\S+): ${text}\\n`))
    return name
  }
  const names = [await heard(one, 'one here'), await heard(two, 'two here'), await heard(third, 'three here')]
  assert.match(names.join(' '), /^127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+\/udp$/)
  desk.type('to the last')
  await third.line((line) => line === 'to the last', 'the reply')
  desk.type(`@${names[0]} to the named`)
  await one.line((line) => line.trim() === 'to the named', 'the reply')
  desk.type(`@${names[1]?.split(':')[1]} it's to the port`)
  await two.line((line) => line.trim() === "it's to the port", 'the reply')
  await heard(two, 'again')
  desk.type('bye')
  assert.deepEqual((await two.endInput().ended()).status, 0)
  assert.match(two.text(), /^it's to the port\r\nbye\r\n$/)
  await desk.shows(new RegExp(`-- ${names[1]} and the desk are through\n`))
  desk.type('nobody?')
  await desk.shows(/-- Nobody to say that to: @SENDER TEXT names one\n/)
  desk.type(`@${names[1]} gone?`)
  await desk.shows(/-- nobody here is 127\S+\n/)
  assert.equal(await heard(one, 'bye'), names[0])
  await one.endInput().ended()
  await desk.shows(new RegExp(`-- ${names[0]} and the desk are through\n`))
  assert.equal(await heard(third, 'still here'), names[2])
  desk.press('C-d')
  assert.equal(await heard(third, 'and the desk too'), names[2])
  assert.equal(third.text(), 'to the last\n')
  assert.equal(one.text(), 'to the named\r\n')
  await third.kill()
})

test('where nobody is at the terminal the desk listens all the same; controls do not get through', {
  skip: skipUnless('nc')
}, async (t) => {
  const server = itServe('serve', 'talk', '--port', '0', '--quiet').endInput()
  t.after(() => server.kill())
  const endpoint = await endpointOf(server)
  const { bytes, how } = await ask(
    endpoint,
    Buffer.concat([Buffer.of(0xff, 0xfd, 1), Buffer.from('a\x1b[2Jb\u202e\r\n\nBYE\nnot heard\n')])
  )
  assert.deepEqual([bytes, how], [Buffer.of(0xff, 0xfc, 1), 'end'])
  assert.match(await server.lineAt(1), /^127\.0\.0\.1:\d+: ab\ufffd$/u)
  assert.match(await server.lineAt(2), /^127\.0\.0\.1:\d+: BYE$/)
  assert.match(await server.lineAt(3), /^-- 127\.0\.0\.1:\d+ and the desk are through$/)
  server.signal('SIGTERM')
  assert.equal((await server.ended()).status, 0)
  assert.equal(server.lines().length, 4)
})

test('callers who are one name, or none, and one who does not read', async (t) => {
  const reported: string[] = []
  const bell = new Bell()
  const terminal = channel<Uint8Array>()
  const report = (line: string): void => {
    reported.push(line)
    bell.ring()
  }
  const shows = (wanted: RegExp): Promise<string> =>
    bell.until(() => reported.find((line) => wanted.test(line)), String(wanted))
  const { service, books, endpoint } = await start(t, talk, { report, terminal, limits: { lingerMs: 100 } })
  const type = (line: string): boolean => terminal.push([Buffer.from(`${line}\n`)])
  const quiet = await Typist.at(endpoint)
  const loud = await Typist.at(endpoint)
  t.after(() => {
    quiet.leave()
    loud.leave()
  })
  type('anybody?')
  await shows(/^-- Nobody to say that to/)
  loud.type('x'.repeat(5000), 'hi')
  await loud.hears('-- That line was too long, and nobody read it.')
  const [name = ''] = (await shows(/: hi$/)).split(': ')
  type(`@${name}`)
  type('you are the one')
  await loud.hears('you are the one')
  quiet.leave()
  loud.socket.pause()
  const text = 'y'.repeat(4000)
  for (let line = 0; books.reasons().length < 2 && line < 20_000; line++) {
    if (terminal.waiting < 8) type(text)
    await new Promise(setImmediate)
  }
  assert.deepEqual(books.reasons().sort(), ['finished', 'slow_reader'])
  await shows(new RegExp(`^-- ${name} is gone$`))
  assert.equal(reported.filter((line) => line.startsWith('--')).length, 2, reported.join('\n'))
  assert.equal(service.stats.open, 0)
  terminal.end()
})

test('by UDP too nobody says more at once than a desk can read', async () => {
  const reported: string[] = []
  const told: string[] = []
  const callers = new DatagramCallers(
    new Desk((line) => reported.push(line)),
    ({ bytes }) => told.push(String(Buffer.from(bytes))),
    { idleMs: 1_000, most: 10 }
  )
  const hears = (text: string): void => callers.heard({ bytes: Buffer.from(text), remote: { host: '::1', port: 5 } })
  hears('x'.repeat(5_000))
  hears('a\r\n'.repeat(30_000))
  hears('\n\nb\n\n')
  assert.deepEqual(reported, [...Array.from({ length: 20 }, () => '[::1]:5/udp: a'), '[::1]:5/udp: b'])
  assert.deepEqual(told, [
    '-- That line was too long, and nobody read it.\n',
    '-- Those were more than 20 lines, and nobody read the rest.\n'
  ])
})

test('by UDP who is silent for too long is forgotten, and so is the most silent of too many', () => {
  for (const [idleMs, most, ports] of [
    [0, 10, [1, 2]],
    [60_000, 1, [1, 2, 3]]
  ] as const) {
    const reported: string[] = []
    const callers = new DatagramCallers(new Desk((line) => reported.push(line)), () => {}, { idleMs, most })
    for (const port of ports) callers.heard({ bytes: Buffer.from('hi'), remote: { host: '::1', port } })
    assert.ok(reported.includes('-- [::1]:1/udp has said nothing for too long'), reported.join())
  }
})

test('by UDP the client hears the desk and nobody else', async (t) => {
  const [desk, stranger] = [createSocket('udp4'), createSocket('udp4')]
  t.after(() => {
    desk.close()
    stranger.close()
  })
  await new Promise<void>((resolve) => desk.bind(0, '127.0.0.1', resolve))
  desk.once('message', (_, { port }) => {
    stranger.send('believe me\n', port, '127.0.0.1', () => desk.send('the desk\n', port, '127.0.0.1'))
  })
  const printed: unknown[] = []
  const talking = (signal: AbortSignal): Promise<void> =>
    talkClient.run({
      endpoint: `udp://localhost:${desk.address().port}`,
      message: 'who is there?',
      options: {},
      input: batches(),
      print: async (line) => void printed.push(line),
      signal
    } as Parameters<typeof talkClient.run>[0])
  await talking(AbortSignal.timeout(10_000))
  assert.deepEqual(printed, ['the desk'])
  // Where nobody answers, who gives up is told so once; a fault that nobody hears of would end the process.
  const giveUp = new AbortController()
  desk.on('message', (bytes) => {
    if (String(bytes) !== 'bye') giveUp.abort(new Error('enough'))
  })
  for (let time = 0; time < 2; time++) await assert.rejects(within(talking(giveUp.signal), 'the end'), /enough/)
})

test('clients at a terminal: what comes stands above what is being typed, which stays; the chat and the talk by UDP', {
  skip: skipUnless('tmux', 'nc')
}, async (t) => {
  const { endpoint } = await start(t, chat, { limits: { lingerMs: 100 } })
  const client = new Tmux(
    t,
    [process.execPath, '--import', 'tsx', 'scripts/it-serve.ts', 'client', 'chat', endpoint],
    project
  )
  const other = nc(endpoint)
  await client.shows(/you are here with [^\n]*\n/)
  client.type('/nick ann')
  await client.shows(/-- You are ann now\.\n/)
  client.press('-l half')
  await client.shows(/half/)
  other.write('/nick bob\nHello ann\n')
  await client.shows(/\[lobby\] <bob> Hello ann\n/)
  await client.shows(/half/)
  client.press('BSpace BSpace')
  client.type('lo')
  await other.line((line) => line.trim() === '[lobby] <ann> halo', 'what was typed before and after')
  client.type('/quit')
  await client.shows(/-- Good-bye\.\n/)
  await other.write('/quit\n').endInput().ended()

  const lines: string[] = []
  const bell = new Bell()
  const terminal = channel<Uint8Array>()
  const report = (line: string): void => {
    lines.push(line)
    bell.ring()
  }
  const desk = await start(t, talk, { listen: 'udp://127.0.0.1:0', report, terminal })
  const asked = itServe('client', 'talk', desk.endpoint, 'what', 'now?')
  await bell.until(() => lines.find((line) => /^127\.0\.0\.1:\d+\/udp: what now\?$/.test(line)), 'the question')
  terminal.push([Buffer.from('nothing\n')])
  assert.deepEqual([String((await asked.ended()).stdout), (await asked.ended()).status], ['nothing\n', 0])
  await bell.until(() => lines.find((line) => line.endsWith('and the desk are through')), 'the end of the talk')
  terminal.end()
})
