/**
 * `--workers`: several processes that are one server to whoever connects, and to whoever watches.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import {
  askDatagram,
  batched,
  collect,
  connect as connectTo,
  pipe,
  type ServeLimits,
  serviceLimits
} from '../../lib/index.ts'
import { shareOfLimits } from '../../scripts/workers/share-of-limits.ts'
import { workersOf } from '../../scripts/workers/worker-flags.ts'
import { echo } from '../../servers/echo.ts'
import { time } from '../../servers/time.ts'
import { type Certified, certify, noOpenssl } from '../support/certificates.ts'
import type { Child } from '../support/child.ts'
import { endpointOf, itServe, skipUnless } from '../support/program.ts'
import { ask, closed, dial, directory, hostAndPort, pattern, received } from '../support/raw.ts'
import { turn, within } from '../support/wait.ts'

const path = directory()
const most = 10

interface Listed {
  worker: number
  id: number
  remote: { port: number }
}

let server: Child
let tcp: string
let unix: string
let udp: string
let admin: string
let certified: Certified | undefined

before(async () => {
  const listen = ['tcp://127.0.0.1:0', `unix:${path}/workers`, 'udp://127.0.0.1:0'].flatMap((one) => ['--listen', one])
  const options = ['--workers', '2', '--max-connections', `${most}`, '--drain-ms', '5000', '--log-rate', '1000']
  const tls: string[] = []
  if (noOpenssl === false) {
    certified = certify()
    tls.push('--listen', 'tls://127.0.0.1:0', '--tls-cert', certified.certFile, '--tls-key', certified.keyFile)
  }
  server = itServe('serve', 'echo', ...listen, ...tls, ...options, '--admin', '127.0.0.1:0')
  tcp = await endpointOf(server, 0)
  unix = await endpointOf(server, 1)
  udp = await endpointOf(server, 2)
  admin = (await server.line((line) => line.startsWith('echo admin at '), 'the admin line')).replace(
    'echo admin at ',
    ''
  )
})

after(() => server.kill())

async function scrape(): Promise<Map<string, number>> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  return new Map(
    [...text.matchAll(/^(it_serve_\w+)(?:\{([^}]*)\})? (\S+)$/gm)].map(([, name, labels = '', value]) => {
      const [, reason] = /(?:reason|outcome)="(\w+)"/.exec(labels) ?? []
      return [reason === undefined ? `${name}` : `${name} ${reason}`, Number(value)]
    })
  )
}

async function listed(query = ''): Promise<{ total: number; connections: Listed[] }> {
  return (await (await fetch(`${admin}/connections${query}`)).json()) as { total: number; connections: Listed[] }
}

/** Looks again until it is so. */
async function until(is: () => Promise<boolean>, what: string): Promise<void> {
  let over = false
  const look = async (): Promise<void> => {
    while (!over && !(await is())) await turn()
  }
  await within(look(), what).finally(() => {
    over = true
  })
}

/** It has its place when a byte came back. */
async function settled(endpoint: string): Promise<Socket> {
  const socket = await dial(endpoint)
  socket.write('x')
  await new Promise((resolve, reject) => socket.once('data', resolve).once('close', reject))
  return socket
}

function sum(series: Map<string, number>, name: string): number {
  return [...series].reduce((all, [key, value]) => all + (key.startsWith(`${name} `) ? value : 0), 0)
}

function assertBalanced(series: Map<string, number>): void {
  const open = series.get('it_serve_connections_open')
  const closed = sum(series, 'it_serve_connections_closed_total')
  assert.equal(series.get('it_serve_connections_accepted_total'), (open as number) + closed)
}

test('the lines are as of one server, each once; TCP, Unix and UDP answer', async () => {
  assert.equal(server.lines().length, noOpenssl === false ? 5 : 4)
  assert.deepEqual(
    [tcp, unix, udp].map((endpoint) => endpoint.split(':')[0]),
    ['tcp', 'unix', 'udp']
  )
  for (const endpoint of [tcp, tcp, unix, unix]) assert.equal(String((await ask(endpoint, 'hello')).bytes), 'hello')
  assert.equal(String(await askDatagram(udp, Buffer.from('hello'))), 'hello')
  assert.equal((await fetch(`${admin}/readyz`)).status, 200)
})

test('the connection limit holds over all of them, exactly, and connections are dealt to all', async () => {
  await until(async () => (await listed()).total === 0, 'the end of the first connections')
  const open = await Promise.all(Array.from({ length: most }, (_, n) => settled(n % 2 === 0 ? tcp : unix)))
  for (let n = 0; n < 6; n++) {
    await closed(
      connect(hostAndPort(tcp))
        .on('error', () => {})
        .resume()
    )
  }
  const { total, connections } = await listed()
  assert.equal(total, most)
  assert.deepEqual(new Set(connections.map(({ worker }) => worker)), new Set([1, 2]))
  const series = await scrape()
  assert.equal(series.get('it_serve_connections_open'), most)
  assert.equal(series.get('it_serve_connections_limit'), most)
  assert.equal(series.get('it_serve_connections_refused_total connection_limit'), 6)
  assert.equal(series.get('it_serve_workers'), 2)
  assertBalanced(series)
  // In parts, across the border between two workers, each is told once.
  const parts = await Promise.all([0, 3, 6, 9].map((offset) => listed(`?limit=3&offset=${offset}`)))
  const told = parts.flatMap((part) => part.connections.map(({ worker, id }) => `${worker}/${id}`))
  assert.deepEqual(
    told,
    connections.map(({ worker, id }) => `${worker}/${id}`)
  )
  for (const socket of open) socket.destroy()
  await until(async () => (await listed()).total === 0, 'the end of all')
  // The places are free again.
  const again = await Promise.all(Array.from({ length: most }, () => settled(tcp)))
  for (const socket of again) socket.destroy()
  await until(async () => (await listed()).total === 0, 'the end of all, again')
})

test('SIGHUP has all of them read their certificates again; TLS is dealt as well', { skip: noOpenssl }, async () => {
  const endpoint = await endpointOf(server, 3)
  for (let n = 0; n < 2; n++) {
    await using client = await connectTo(endpoint, { tls: { ca: certified?.cert as string } })
    const said = await pipe(batched([Buffer.from('hello')]), client, collect())
    assert.equal(String(Buffer.concat(said)), 'hello')
  }
  server.signal('SIGHUP')
  await until(async () => (await scrape()).get('it_serve_tls_reloads_total ok') === 2, 'the reload of both')
  assert.equal((await scrape()).get('it_serve_tls_handshakes_total'), 2)
})

test('a worker that dies is replaced; the others’ connections do not notice, and the books balance', async () => {
  const sockets = await Promise.all(Array.from({ length: 6 }, () => settled(tcp)))
  const { connections } = await listed()
  const ofWorker = new Map(connections.map(({ worker, remote }) => [remote.port, worker]))
  const victim = await pidOf(2)
  await scrape()
  const [lost, kept] = [1, 2].map((n) =>
    sockets.filter(({ localPort }) => (ofWorker.get(localPort as number) === 2) === (n === 1))
  )
  assert.ok((lost?.length ?? 0) > 0 && (kept?.length ?? 0) > 0)
  const gone = Promise.all((lost ?? []).map((socket) => received(socket)))
  process.kill(victim, 'SIGKILL')
  await gone
  const exit = JSON.parse(await logged('worker-exit'))
  assert.deepEqual([exit.worker, exit.pid, exit.signal, exit.connections], [2, victim, 'SIGKILL', lost?.length])
  for (const socket of kept ?? []) {
    socket.write('y')
    assert.equal(String(await new Promise((resolve) => socket.once('data', resolve))), 'y')
  }
  await until(async () => (await scrape()).get('it_serve_workers') === 2, 'the replacement')
  const series = await scrape()
  assert.equal(series.get('it_serve_connections_closed_total worker_died'), lost?.length)
  assert.equal(series.get('it_serve_connections_open'), kept?.length)
  assert.equal(series.get('it_serve_worker_restarts_total'), 1)
  assertBalanced(series)
  // All places but those of the living are free, and the replacement gets its part.
  const more = await Promise.all(Array.from({ length: most - (kept?.length ?? 0) }, () => settled(tcp)))
  assert.deepEqual(new Set((await listed()).connections.map(({ worker }) => worker)), new Set([1, 2]))
  for (const socket of [...more, ...(kept ?? [])]) socket.destroy()
})

test('when all of them die, the same endpoints come back', async () => {
  const pids = [await pidOf(1), await pidOf(2)]
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await until(async () => (await scrape()).get('it_serve_worker_restarts_total') === 3, 'two more restarts')
  await until(async () => (await scrape()).get('it_serve_workers') === 2, 'their replacements')
  for (const endpoint of [tcp, unix]) assert.equal(String((await ask(endpoint, 'again')).bytes), 'again')
  process.kill(await pidOf(2), 'SIGKILL')
  await until(async () => (await scrape()).get('it_serve_worker_restarts_total') === 4, 'one more restart')
  await until(async () => (await scrape()).get('it_serve_workers') === 2, 'its replacement')
  const sockets = await Promise.all([tcp, tcp, unix, unix].map((endpoint) => settled(endpoint)))
  assert.deepEqual(new Set((await listed()).connections.map(({ worker }) => worker)), new Set([1, 2]))
  for (const socket of sockets) socket.destroy()
  assert.equal(String(await askDatagram(udp, Buffer.from('again'))), 'again')
})

test('a worker for which there is no descriptor is tried again', {
  skip: process.platform === 'linux' ? skipUnless('prlimit') : 'it changes the limits of a process that runs'
}, async () => {
  const allow = (files: number | string): void => {
    execFileSync('prlimit', ['--pid', `${server.pid}`, `--nofile=${files}:`])
  }
  const [before] = [...readFileSync(`/proc/${server.pid}/limits`, 'utf8').matchAll(/^Max open files +(\d+)/gm)]
  const victim = await pidOf(2)
  allow(readdirSync(`/proc/${server.pid}/fd`).length)
  try {
    process.kill(victim, 'SIGKILL')
    await server.line((line) => line.includes('no process for a worker'), 'the worker that could not be', 'stderr')
  } finally {
    allow(before?.[1] ?? 1_024)
  }
  await until(async () => (await scrape()).get('it_serve_workers') === 2, 'its replacement')
  assert.equal(String((await ask(tcp, 'again')).bytes), 'again')
})

test('SIGTERM lets all workers finish what they have begun, takes no more, and exits 0', async () => {
  await until(async () => (await listed()).total === 0, 'the end of all')
  const sent = pattern(1_000_000)
  const sockets = await Promise.all(Array.from({ length: 4 }, () => dial(tcp)))
  const echoes = sockets.map((socket) => received(socket))
  for (const socket of sockets) socket.write(sent.subarray(0, 1_000))
  await until(async () => (await listed()).total === 4, 'all four')
  server.signal('SIGTERM')
  await until(async () => (await fetch(`${admin}/readyz`)).status === 503, 'the drain')
  await until(
    () =>
      dial(tcp).then(
        () => false,
        () => true
      ),
    'the closed door'
  )
  for (const socket of sockets) socket.end(sent.subarray(1_000))
  for (const echoed of await Promise.all(echoes)) assert.ok(sent.equals(echoed.bytes))
  const { status, stdout, stderr } = await server.ended()
  assert.equal(status, 0, stderr)
  assert.equal(String(stdout).trimEnd().split('\n').length, noOpenssl === false ? 5 : 4)
})

test('what is wrong is one line and a status; a second signal ends all at once', async () => {
  const one = itServe('serve', 'echo', '--port', '0', '--workers', '2', '--quiet', '--drain-ms', '60000')
  const endpoint = await endpointOf(one)
  const port = String(hostAndPort(endpoint).port)
  const taken = await itServe('serve', 'echo', '--port', port, '--workers', '2', '--quiet').ended()
  assert.deepEqual([taken.status, String(taken.stdout)], [69, ''])
  assert.equal(taken.stderr, `it-serve: cannot listen at tcp://127.0.0.1:${port}: it is in use\n`)

  const stuck = await settled(endpoint)
  stuck.pause().write(pattern(20_000_000))
  one.signal('SIGTERM')
  await until(
    () =>
      dial(endpoint).then(
        () => false,
        () => true
      ),
    'the closed door'
  )
  one.signal('SIGINT')
  // Its outputs close when the last process that holds them is gone.
  assert.equal((await within(one.ended(), 'the end of all', 5_000)).status, 130)
  stuck.destroy()
})

test('each server can say that it runs in one process only', () => {
  const flags = (workers: string) => ({ workers })
  assert.equal(workersOf(flags('3'), echo, ['tcp://127.0.0.1:0']), 3)
  assert.equal(workersOf(flags('1'), { ...echo, sharedState: true }, []), 1)
  assert.ok(workersOf(flags('auto'), echo, ['tcp://127.0.0.1:0']) >= 1)
  for (const [server, listen] of [
    [{ ...echo, sharedState: true }, ['tcp://127.0.0.1:0']],
    [echo, ['stdio:']],
    [time, ['udp://127.0.0.1:0']]
  ] as const) {
    assert.throws(() => workersOf(flags('2'), server, listen), { name: 'InvalidOptionError', option: '--workers' })
  }
  for (const wrong of ['0', '257', 'many', '1.5', '-1']) {
    assert.throws(() => workersOf(flags(wrong), echo, ['tcp://127.0.0.1:0']), /from 1 to 256, or auto/)
  }
})

test('what is divided is never more in all than it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 256 }), fc.integer({ min: 256, max: 1_000_000 }), (workers, whole) => {
      const given: Partial<ServeLimits> = { totalBufferedBytes: whole, loginFull: whole, idleMs: 5 }
      const share = shareOfLimits(given, workers)
      assert.ok(
        (share.totalBufferedBytes as number) * workers <= whole && (share.loginFull as number) * workers <= whole
      )
      assert.equal(share.idleMs, 5)
      assert.equal(share.loginStart, Math.max(1, Math.floor(serviceLimits.loginStart.default / workers)))
    })
  )
})

/** The process that serves as this worker now. */
async function pidOf(worker: number): Promise<number> {
  await logged('worker-start')
  const starts = server
    .lines('stderr')
    .map((line) => JSON.parse(line) as { event: string; worker: number; pid: number })
    .filter((entry) => entry.event === 'worker-start' && entry.worker === worker)
  return starts.at(-1)?.pid as number
}

function logged(event: string): Promise<string> {
  return server.line((line) => line.includes(`"event":"${event}"`), `the event ${event}`, 'stderr')
}
