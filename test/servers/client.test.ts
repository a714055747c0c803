/**
 * `it-serve client NAME [ENDPOINT] [MESSAGE...]` as a process: arguments or standard input go in, replies come out, and
 * a server that misbehaves or goes away is one clear line and status 1.
 */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { before, test } from 'node:test'
import { broadcast } from '../../servers/broadcast.ts'
import { echo } from '../../servers/echo.ts'
import { zen } from '../../servers/zen.ts'
import { itServe } from '../support/program.ts'
import { assertSame, freeDatagramEndpoint, listening, pattern } from '../support/raw.ts'
import { start } from '../support/service.ts'
import { Bell, within } from '../support/wait.ts'

/** Runs a client to its end, with this input. */
async function client(
  args: readonly string[],
  input: string | Uint8Array = ''
): Promise<[number | null, string, string]> {
  const { status, stdout, stderr } = await itServe('client', ...args)
    .write(input, 'end')
    .ended()
  return [status, String(stdout), stderr]
}

/** Nobody answers here. The client that finds it out waits for 7.5 s, while the other tests run. */
const silent = createSocket('udp4')
let asked = 0
let unanswered: ReturnType<typeof client> | undefined
before(async () => {
  await new Promise<void>((resolve) => silent.on('message', () => asked++).bind(0, '127.0.0.1', resolve))
  unanswered = client(['time', `udp://127.0.0.1:${silent.address().port}`])
})

test('echo: the words behind the endpoint are the message; without one standard input is', async (t) => {
  const { endpoint } = await start(t, echo)
  const large = pattern(3_000_000)
  const piped = itServe('client', 'echo', endpoint).write(large, 'end').ended()
  assert.deepEqual(await client(['echo', endpoint, 'hello', 'there']), [0, 'hello there\n', ''])
  const { status, stdout, stderr } = await piped
  assert.deepEqual([status, stderr], [0, ''])
  assertSame(stdout, large)
})

test('zen: the question of the message; or all of standard input, answered while it is typed', async (t) => {
  const { endpoint } = await start(t, zen)
  const typing = itServe('client', 'zen', endpoint).write('Simple is better than?')
  assert.deepEqual(await client(['zen', endpoint, 'Simple', 'is better than?']), [0, 'Complex.\n', ''])
  assert.equal(await typing.lineAt(0), 'Complex.')
  typing.write('\nBeautiful is better than?  Explicit is\nbetter than? What?\n', 'end')
  const { status, stdout, stderr } = await typing.ended()
  assert.deepEqual([status, stderr], [0, ''])
  const unknown = 'Error: unknown aphorism.\n'
  assert.equal(String(stdout), `Complex.\nUgly.\n${unknown}${unknown}`)
})

test('a reader that goes away ends the client quietly', async (t) => {
  const { endpoint } = await start(t, echo)
  const pager = itServe('client', 'echo', endpoint).write('one line\n')
  await pager.lineAt(0)
  pager.closeOutput().write(pattern(1_000_000), 'end')
  const { status, stderr } = await within(pager.ended(), 'its end', 10_000)
  assert.deepEqual([status, stderr], [0, ''])
})

test('an interrupted client ends', async (t) => {
  const { endpoint } = await start(t, echo)
  const waiting = itServe('client', 'echo', endpoint).write('said\n')
  assert.equal(await waiting.lineAt(0), 'said')
  waiting.signal('SIGINT')
  const { status, stderr } = await within(waiting.ended(), 'its end', 5_000)
  assert.equal(status, 1)
  assert.match(stderr, /^it-serve: [^\n]*interrupted[^\n]*\n$/)
})

/** What a server does to a client that has said something. */
const misbehaviour: Record<string, { act: (socket: Socket) => void; says: RegExp }> = {
  'ends inside an answer': { act: (socket) => socket.end('Compl'), says: /ended inside a frame/ },
  'ends without an answer': { act: (socket) => socket.end(), says: /1 question/ },
  resets: { act: (socket) => socket.resetAndDestroy(), says: /reset|1 question/ }
}

test('a server that misbehaves is one clear line, and status 1', async (t) => {
  const outcomes = Object.entries(misbehaviour).map(async ([what, { act, says }]) => {
    const server = createServer((socket) => socket.on('error', () => {}).once('data', () => act(socket)))
    t.after(() => server.close())
    const endpoint = `tcp://127.0.0.1:${await listening(server)}`
    const [status, stdout, stderr] = await client(['zen', endpoint, 'Simple is better than?'])
    assert.deepEqual([status, stdout], [1, ''], what)
    assert.match(stderr, /^it-serve: [^\n]+\n$/, what)
    assert.match(stderr, says, what)
  })
  await Promise.all(outcomes)
})

test('nobody there, and a server that never answers a datagram: status 1, in the stated time', async () => {
  const nobody = await client(['echo', 'tcp://127.0.0.1:1', 'hello'])
  assert.deepEqual(nobody, [1, '', 'it-serve: cannot connect to tcp://127.0.0.1:1: nobody listens there\n'])
  const [status, stdout, stderr] = (await unanswered) ?? []
  silent.close()
  assert.deepEqual([status, stdout, asked], [1, '', 4])
  assert.match(String(stderr), /^it-serve: [^\n]*no answer to 4 tries within 7500 ms\n$/)
})

const usage: [args: string[], says: RegExp][] = [
  [['echo', '--nope'], /unknown option '--nope'/],
  [['broadcast', 'tcp://127.0.0.1:1060', 'hello'], /udp:/]
]

test('a usage error is one clear line, and status 64', async () => {
  const outcomes = usage.map(async ([args, says]) => {
    const [status, stdout, stderr] = await client(args)
    assert.deepEqual([status, stdout], [64, ''], `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, /^it-serve: [^\n]+\n$/)
    assert.match(stderr, says)
  })
  await Promise.all(outcomes)
})

test('broadcast: the message reaches whoever listens', async (t) => {
  const endpoint = await freeDatagramEndpoint('127.255.255.255')
  const lines: string[] = []
  const bell = new Bell()
  const report = (line: string): void => {
    lines.push(line)
    bell.ring()
  }
  await start(t, broadcast, { listen: endpoint, report })
  assert.deepEqual(await client(['broadcast', endpoint, 'to', 'all of you']), [0, '', ''])
  assert.match(await bell.until(() => lines[0], 'the report'), /^The client at 127\.0\.0\.1:\d+ says: 'to all of you'$/)
})
