/**
 * `it-serve serve NAME` as a process: where it says it listens, what goes to which output, how it ends.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { askDatagram } from '../../lib/index.ts'
import { fakeClock } from '../../lib/laws/index.ts'
import { untilFinished } from '../../scripts/until-finished.ts'
import { runs } from '../laws/settings.ts'
import type { Child } from '../support/child.ts'
import { commandLine } from '../support/command-line.ts'
import { endpointOf, itServe, npmScript, python, skipUnless } from '../support/program.ts'
import { ask, assertSame, closed, dial, directory, hostAndPort, pattern, received } from '../support/raw.ts'
import { within } from '../support/wait.ts'

const path = directory()

interface Entry {
  event: string
  server: string
  time: string
  reason?: string
  [field: string]: unknown
}

/** The log so far. Every line of it must be JSON. */
function log(server: Child): Entry[] {
  return server.lines('stderr').map((line) => JSON.parse(line) as Entry)
}

function logged(server: Child, event: string): Promise<string> {
  return server.line((line) => line.includes(`"event":"${event}"`), `the event ${event}`, 'stderr')
}

test('several endpoints: a line for each, then the log as JSON lines, and SIGTERM drains', async () => {
  const unix = `unix:${path}/echo`
  const listen = ['tcp://127.0.0.1:0', unix, 'udp://127.0.0.1:0'].flatMap((endpoint) => ['--listen', endpoint])
  const server = itServe('serve', 'echo', '--log-rate', '100', ...listen)
  const endpoints = [await endpointOf(server, 0), await endpointOf(server, 1), await endpointOf(server, 2)]
  const [tcp, at, udp] = endpoints as [string, string, string]
  assert.match(await server.lineAt(0), /^echo listening at tcp:\/\/127\.0\.0\.1:[1-9]\d*$/)
  assert.equal(at, unix)
  assert.match(udp, /^udp:\/\/127\.0\.0\.1:[1-9]\d*$/)
  assert.equal(String((await ask(tcp, 'over TCP')).bytes), 'over TCP')
  assert.equal(String((await ask(unix, 'over Unix')).bytes), 'over Unix')
  assert.equal(String(await askDatagram(udp, Buffer.from('over UDP'))), 'over UDP')

  const sent = pattern(4_194_304)
  const socket = await dial(tcp)
  const echoed = received(socket)
  socket.write(sent.subarray(0, 1_000_000))
  await server.line((line) => line.includes('"id":3'), 'the third connection', 'stderr')
  server.signal('SIGTERM')
  await logged(server, 'drain')
  socket.end(sent.subarray(1_000_000))
  assertSame((await echoed).bytes, sent)
  const { status, signal, stdout } = await server.ended()
  assert.deepEqual([status, signal], [0, null])
  assert.deepEqual(String(stdout), endpoints.map((endpoint) => `echo listening at ${endpoint}\n`).join(''))
  const events = log(server)
  assert.deepEqual(
    events.map(({ event }) => event).filter((event) => event !== 'accept' && event !== 'close'),
    ['listening', 'listening', 'listening', 'receive-buffer', 'drain', 'stop']
  )
  for (const { server: name, time } of events) {
    assert.equal(name, 'echo')
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time)
  }
  assert.deepEqual(
    events.filter(({ event }) => event === 'close').map(({ reason }) => reason),
    ['finished', 'finished', 'finished']
  )
  assert.equal(existsSync(`${path}/echo`), false)
})

test('--host and --port, --quiet, --max-connections; SIGINT drains too', async () => {
  const server = itServe('serve', 'zen', '--host', 'localhost', '--port', '0', '--quiet', '--max-connections', '1')
  const endpoint = await endpointOf(server)
  assert.match(await server.lineAt(0), /^zen listening at tcp:\/\/(127\.0\.0\.1|\[::1\]):[1-9]\d*$/)
  const first = await dial(endpoint)
  await closed(
    connect(hostAndPort(endpoint))
      .on('error', () => {})
      .resume()
  )
  const answer = received(first)
  first.write('Simple is better than?')
  server.signal('SIGINT')
  first.end()
  assert.deepEqual(await answer, { bytes: Buffer.from('Complex.'), how: 'end' })
  const { status, stderr } = await server.ended()
  assert.deepEqual([status, stderr], [0, ''])
})

test('SIGTERM with replies of 4 MiB in flight: all of them complete', async () => {
  const many = Math.min(200, runs(8).numRuns)
  const server = itServe('serve', 'echo', '--port', '0', '--quiet', '--drain-ms', '60000')
  const endpoint = await endpointOf(server)
  const sent = pattern(4_194_304)
  const sockets = await Promise.all(Array.from({ length: many }, () => dial(endpoint)))
  const echoes = sockets.map((socket) => complete(socket, sent))
  const begun = sockets.map((socket) => once(socket, 'data'))
  for (const socket of sockets) socket.write(sent.subarray(0, 500_000))
  await within(Promise.all(begun), 'the first bytes of every reply')
  server.signal('SIGTERM')
  for (const socket of sockets) socket.end(sent.subarray(500_000))
  assert.deepEqual(
    await Promise.all(echoes),
    Array.from({ length: many }, () => 'whole')
  )
  const { status, signal } = await within(server.ended(), 'the end', 5_000)
  assert.deepEqual([status, signal], [0, null])
})

/** Reads an echo without keeping it. */
function complete(socket: Socket, sent: Buffer): Promise<string> {
  let at = 0
  let same = true
  socket.on('data', (bytes: Buffer) => {
    same &&= bytes.equals(sent.subarray(at, at + bytes.length))
    at += bytes.length
  })
  const over = new Promise<string>((resolve) => {
    socket.on('end', () => resolve(same && at === sent.length ? 'whole' : `${at} bytes`))
    socket.on('error', ({ message }) => resolve(message))
  })
  return within(over, 'the end of an echo', 60_000)
}

test('whenever SIGTERM comes, while it starts, twice, while it drains: it ends', async () => {
  const many = runs(2).numRuns
  const began = performance.now()
  const probe = itServe('serve', 'echo', '--port', '0', '--quiet')
  await endpointOf(probe)
  const starts = performance.now() - began
  await probe.kill()
  for (let index = 0; index < many; index++) {
    const server = itServe('serve', 'echo', '--listen', `unix:${path}/t`, '--quiet', '--drain-ms', '200')
    // Some have a client that is not through.
    if (index % 3 === 0) {
      await endpointOf(server)
      const stuck = await dial(`unix:${path}/t`)
      stuck.pause().write(pattern(20_000_000))
      server.signal('SIGTERM')
      if (index % 2 === 0) server.signal('SIGTERM')
      await within(server.ended(), 'the end of one that drains', 5_000)
      stuck.destroy()
    } else {
      await new Promise((resolve) => setTimeout(resolve, (starts * 1.2 * index) / many))
      server.signal('SIGTERM')
      if (index % 2 === 0) server.signal('SIGTERM')
      await within(server.ended(), 'the end of one that starts', 5_000)
    }
  }
  // Whatever they left behind is in nobody's way.
  const last = itServe('serve', 'echo', '--listen', `unix:${path}/t`, '--quiet')
  await endpointOf(last)
  assert.equal(String((await ask(`unix:${path}/t`, 'again')).bytes), 'again')
  await last.kill()
})

test('a second signal ends it at once, though a client is not through', async () => {
  const server = itServe('serve', 'echo', '--port', '0', '--drain-ms', '60000')
  const endpoint = hostAndPort(await endpointOf(server))
  // It sends and reads nothing, so that its echo cannot complete.
  const stuck = connect(endpoint).on('error', () => {})
  stuck.pause().write(pattern(20_000_000))
  await logged(server, 'accept')
  server.signal('SIGINT')
  await logged(server, 'drain')
  server.signal('SIGTERM')
  const { status } = await within(server.ended(), 'the end', 5_000)
  assert.equal(status, 143)
  stuck.destroy()
})

test('a signal that comes again at once is the same one passed on, a later one is the second', async (t) => {
  const clock = fakeClock()
  const told: unknown[] = []
  t.mock.method(process, 'exit', (status: number) => told.push(status))
  let finish = (): void => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const over = untilFinished({ finished, stop: () => told.push('stop'), kill: () => told.push('kill') }, clock)
  process.emit('SIGTERM', 'SIGTERM')
  process.emit('SIGTERM', 'SIGTERM')
  await clock.advance(199)
  process.emit('SIGTERM', 'SIGTERM')
  assert.deepEqual(told, ['stop'])
  await clock.advance(1)
  process.emit('SIGTERM', 'SIGTERM')
  assert.deepEqual(told, ['stop', 'kill', 143])
  finish()
  await over
})

test('a signal to npm reaches the server: it drains, and none is left behind', {
  skip: skipUnless('npm')
}, async () => {
  const npm = npmScript('serve:echo', '--port', '0')
  const endpoint = await endpointOf(npm)
  assert.equal((await npm.lineAt(0)).split(' ')[0], 'echo')
  assert.equal(String((await ask(endpoint, 'through npm')).bytes), 'through npm')
  npm.signal('SIGTERM')
  // Its outputs close when the last process that holds them is gone, and not before.
  await npm.ended('the end of npm and of all it started')
  assert.equal(log(npm).at(-1)?.event, 'stop')
  await assert.rejects(dial(endpoint), { code: 'ECONNREFUSED' })
})

test('stdio: one conversation on the process’s own input and output, everything else on standard error', async () => {
  const server = itServe('serve', 'zen', '--listen', 'stdio:')
  const { status, stdout, stderr } = await server.write('Simple is better than?Why?', 'end').ended()
  assert.equal(status, 0)
  assert.equal(String(stdout), 'Complex.Error: unknown aphorism.')
  const [first, ...entries] = stderr.split('\n').slice(0, -1)
  const told = entries.map((line) => (JSON.parse(line) as Entry).event)
  assert.ok(stderr.includes('zen listening at stdio:\n'), first)
  for (const event of ['accept', 'close', 'stop']) assert.ok(stderr.includes(`"event":"${event}"`), event)
  assert.ok(told.length >= 3)
})

test('stdio with a fault: the good answers, then an exit', async () => {
  const server = itServe('serve', 'zen', '--listen', 'stdio:', '--quiet')
  const { stdout, stderr } = await server.write(`Simple is better than?${'x'.repeat(5_000)}`, 'end').ended()
  assert.equal(String(stdout), 'Complex.')
  assert.equal(stderr, 'zen listening at stdio:\n')
})

test('on a terminal the log is for people', { skip: skipUnless('python3') }, async () => {
  const command = [process.execPath, ...commandLine, 'serve', 'echo', '--port', '0']
  const { stdout, stderr } = await python('terminal.py', ...command).ended()
  assert.equal(stderr, '')
  const said = String(stdout)
  assert.match(said, /listening/)
  assert.match(said, /the handler was through with it/)
  for (const line of said.split('\n')) assert.throws(() => JSON.parse(line), SyntaxError)
})
