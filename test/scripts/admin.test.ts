/**
 * The admin endpoint and the metrics behind it: true, bounded, and for nobody but this machine.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, linkSync, readFileSync, renameSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { closeReasons, InvalidOptionError, ListenError, memoryPair, refuseReasons } from '../../lib/index.ts'
import { adminAddress, isOurHost } from '../../scripts/admin/admin-address.ts'
import { openAdmin, type Watched } from '../../scripts/admin/admin-server.ts'
import { metricTable } from '../../scripts/admin/metric-table.ts'
import { ServiceMetrics } from '../../scripts/admin/service-metrics.ts'
import { ServiceState, watchedService } from '../../scripts/admin/watched-service.ts'
import { echo } from '../../servers/echo.ts'
import { endpointOf, itServe, skipUnless } from '../support/program.ts'
import { ask, closed, dial, directory, hostAndPort, listening } from '../support/raw.ts'
import { handling, never, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const run = promisify(execFile)
const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-s', '-m', '10', ...args])).stdout
const path = directory()

/** An admin endpoint over a service of this process. */
async function watch(t: TestContext, server = echo as Parameters<typeof start>[1]) {
  const state = new ServiceState()
  const metrics = new ServiceMetrics('test', {
    log: { suppressed: 3, output: { dropped: 2 } as never },
    maxConnections: 7
  })
  const admin = await openAdmin({ host: '127.0.0.1', port: 0 }, watchedService(state, metrics))
  t.after(() => admin.close())
  const onEvent: Parameters<typeof start>[2] = {
    onEvent(event) {
      metrics.onEvent(event)
      state.onEvent(event)
    }
  }
  const begin = async () => {
    const started = await start(t, server, onEvent)
    state.started(started.service)
    metrics.attach(started.service)
    return started
  }
  return { url: admin.url, begin }
}

/** The value of each series, by `name{labels}` without the label `server`. */
function series(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) continue
    const own = labels.split(',').filter((label) => !label.startsWith('server='))
    found.set(own.join('') === '' ? name : `${name}{${own.join(',')}}`, Number(value))
  }
  return found
}

test('ready from the moment it accepts until it drains; alive before and after', async (t) => {
  const { url, begin } = await watch(t)
  const ready = async (): Promise<string> => {
    const response = await fetch(`${url}/readyz`)
    return `${response.status} ${await response.text()}`
  }
  assert.equal(await ready(), '503 starting\n')
  const { service, endpoint } = await begin()
  assert.equal(await ready(), '200 accepting\n')
  const socket = await dial(endpoint)
  const stopped = service.stop()
  assert.equal(await ready(), '503 draining\n')
  socket.end()
  await stopped
  assert.equal(await ready(), '503 stopped\n')
  assert.equal((await fetch(`${url}/livez`)).status, 200)
})

test('the metrics are the books: each reason from the start, what went in and out, how long it took', async (t) => {
  const { url, begin } = await watch(t)
  const { service, books, endpoint } = await begin()
  const scrape = async (): Promise<Map<string, number>> => series(await (await fetch(`${url}/metrics`)).text())
  const before = await scrape()
  for (const reason of Object.keys(closeReasons)) {
    assert.equal(before.get(`it_serve_connections_closed_total{reason="${reason}"}`), 0)
  }
  for (const reason of Object.keys(refuseReasons)) {
    assert.equal(before.get(`it_serve_connections_refused_total{reason="${reason}"}`), 0)
  }
  await ask(endpoint, 'hello')
  const socket = await dial(endpoint)
  await books.count('accept', 2)
  await books.count('close', 1)
  const after = await scrape()
  const wanted = {
    it_serve_connections_accepted_total: 2,
    it_serve_connections_open: 1,
    it_serve_connections_limit: 7,
    'it_serve_connections_closed_total{reason="finished"}': 1,
    it_serve_connection_duration_seconds_count: 1,
    it_serve_received_bytes_total: 5,
    it_serve_sent_bytes_total: 5,
    it_serve_buffered_bytes: 0,
    it_serve_faults_total: 0,
    'it_serve_tls_reloads_total{outcome="ok"}': 0,
    it_serve_log_suppressed_total: 3,
    it_serve_log_dropped_total: 2,
    it_serve_accepting: 1,
    it_serve_workers: 1
  }
  for (const [name, value] of Object.entries(wanted)) assert.equal(after.get(name), value, name)
  assert.ok((after.get('process_resident_memory_bytes') ?? 0) > 0)
  assert.ok(after.has('nodejs_eventloop_lag_p99_seconds'))
  // Asking again counts nothing twice.
  assert.equal((await scrape()).get('it_serve_connections_accepted_total'), 2)
  assert.equal(service.stats.accepted, 2)
  socket.destroy()
})

test('every metric is in the README with its type, labels and meaning, and every one is there', async (t) => {
  const { url, begin } = await watch(t)
  await begin()
  const text = await (await fetch(`${url}/metrics`)).text()
  const readme = readFileSync('README.md', 'utf8')
  for (const [name, { type, labels, help }] of Object.entries(metricTable)) {
    assert.ok(text.includes(`# TYPE ${name} ${type}\n`), name)
    const row = `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`
    assert.ok(readme.replace(/ +/g, ' ').includes(row.replace(/ +/g, ' ')), row)
    assert.equal(name.endsWith('_total'), type === 'counter', name)
  }
  const ours = [...text.matchAll(/^# TYPE (it_serve_\w+)/gm)].map(([, name]) => name)
  assert.deepEqual(ours.sort(), Object.keys(metricTable).sort())
})

test('connections are told in parts, and never more than a thousand at a time', async (t) => {
  const { url, begin } = await watch(
    t,
    handling(() => never)
  )
  const { service } = await begin()
  for (let n = 0; n < 5; n++) service.accept(memoryPair()[0])
  const page = async (query: string) => (await (await fetch(`${url}/connections${query}`)).json()) as never
  const { total, connections } = (await page('?offset=3&limit=10')) as { total: number; connections: { id: number }[] }
  assert.equal(total, 5)
  assert.deepEqual(
    connections.map(({ id }) => id),
    [4, 5]
  )
  for (const wrong of ['?limit=1001', '?limit=-1', '?offset=x', '?limit=1e3', '?offset=9999999999']) {
    assert.equal((await fetch(`${url}/connections${wrong}`)).status, 400, wrong)
  }
})

test('only what it knows, only GET and HEAD, and only by its own name', async (t) => {
  const { url, begin } = await watch(t)
  await begin()
  for (const other of ['/', '/metrics/', '/metrics%2f', '/__proto__', '/constructor']) {
    assert.equal((await fetch(`${url}${other}`)).status, 404, other)
  }
  const posted = await fetch(`${url}/livez`, { method: 'POST', body: 'x'.repeat(100_000) })
  assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD'])
  const head = await fetch(`${url}/metrics`, { method: 'HEAD' })
  assert.ok(Number(head.headers.get('content-length')) > 1_000)
  assert.equal(await head.text(), '')
  const address = { host: '127.0.0.1', port: 1 }
  for (const host of ['127.0.0.1:9', 'localhost', 'LocalHost.:80', '[::1]:80', '10.0.0.1', undefined]) {
    assert.ok(isOurHost(host, address), `${host}`)
  }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '', 'a]', '127.0.0.1@evil']) {
    assert.ok(!isOurHost(host, address), host)
  }
})

test('an address that others can reach is refused unless it is asked for twice', () => {
  for (const text of ['0.0.0.0:9090', '[::]:9090', '192.0.2.1:9090', 'example.org:9090']) {
    assert.throws(() => adminAddress(text, false), /--admin is .*an address of this machine alone.*--admin-anywhere/)
    assert.ok('port' in adminAddress(text, true))
  }
  for (const text of ['9090', '127.0.0.1', '127.0.0.1:99999', 'unix:', '']) {
    assert.throws(() => adminAddress(text, true), InvalidOptionError, text)
  }
  assert.deepEqual(adminAddress('[::1]:0', false), { host: '::1', port: 0 })
})

const nothing: Watched = {
  state: () => 'accepting',
  metrics: async () => ({ text: '', contentType: 'text/plain' }),
  connections: async () => ({ total: 0, connections: [] })
}

test('a thousand questions at once are cut off at the second', async (t) => {
  let asked = 0
  const connections: Watched['connections'] = async () => {
    asked++
    return { total: 0, connections: [] }
  }
  const admin = await openAdmin({ host: '127.0.0.1', port: 0 }, { ...nothing, connections })
  t.after(() => admin.close())
  const socket = connect(hostAndPort(admin.url.replace('http:', 'tcp:'))).on('error', () => {})
  socket.write('GET /connections HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000))
  await within(closed(socket.resume()), 'the end of the connection', 3_000)
  assert.equal(asked, 1)
  // One after the other is no crime.
  for (let round = 0; round < 3; round++) assert.equal(await (await fetch(`${admin.url}/livez`)).text(), 'alive\n')
})

test('no more connections than it says, and none that says nothing for long', async (t) => {
  const limits = { connections: 3, requestMs: 300 }
  const admin = await openAdmin({ host: '127.0.0.1', port: 0 }, nothing, limits)
  t.after(() => admin.close())
  const at = hostAndPort(admin.url.replace('http:', 'tcp:'))
  const silent = Array.from({ length: limits.connections }, () => connect(at).on('error', () => {}))
  await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  await closed(
    connect(at)
      .resume()
      .on('error', () => {})
  )
  silent[0]?.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Drip: ')
  const began = performance.now()
  await within(closed((silent[0] as (typeof silent)[0]).resume()), 'the end of a request that drips', 9_000)
  assert.ok(performance.now() - began >= limits.requestMs - 50)
  for (const socket of silent) socket.destroy()
})

test('a Unix socket is its owner’s alone; one that was left behind is taken over, one in use is not', async () => {
  const at = { path: `${path}/admin` }
  const naked = createServer()
  await new Promise<void>((resolve) => naked.listen(at.path, resolve))
  await assert.rejects(openAdmin(at, nothing), (error) => error instanceof ListenError && /in use/.test(error.message))
  linkSync(at.path, `${path}/left`)
  naked.close()
  renameSync(`${path}/left`, at.path)
  const admin = await openAdmin(at, nothing)
  assert.equal(statSync(at.path).mode & 0o777, 0o600)
  await admin.close()
  assert.equal(existsSync(at.path), false)
})

test('the command tells where it is, behind where it listens; curl reads it', {
  skip: skipUnless('curl')
}, async () => {
  const socket = `${path}/curl`
  const server = itServe('serve', 'echo', '--port', '0', '--quiet', '--admin', `unix:${socket}`)
  const endpoint = await endpointOf(server)
  assert.equal(await server.lineAt(1), `echo admin at unix:${socket}`)
  const get = (page: string, ...args: string[]) => curl('--unix-socket', socket, ...args, `http://localhost${page}`)
  assert.equal(await get('/livez'), 'alive\n')
  assert.equal(await get('/readyz'), 'accepting\n')
  const client = await dial(endpoint)
  client.write('hello')
  await new Promise((resolve) => client.once('data', resolve))
  const { connections } = JSON.parse(await get('/connections'))
  assert.equal(connections.length, 1)
  const [{ receivedBytes, sentBytes, state }] = connections
  assert.deepEqual([receivedBytes, sentBytes, state, connections[0].endpoint], [5, 5, 'open', endpoint])
  assert.match(await get('/metrics'), /^it_serve_connections_open\{server="echo"\} 1$/m)
  assert.match(await get('/nothing', '-o', '/dev/null', '-w', '%{http_code}'), /404/)
  client.end()
  server.signal('SIGTERM')
  const { status, stderr } = await server.ended()
  assert.deepEqual([status, stderr, existsSync(socket)], [0, '', false])
})

test('an address that is taken or wrong is one line and a status, and nothing is started', async (t) => {
  const taken = createServer()
  const port = await listening(taken)
  t.after(() => taken.close())
  const at = (address: string) => itServe('serve', 'echo', '--port', '0', '--admin', address).ended()
  const [inUse, open] = await Promise.all([at(`127.0.0.1:${port}`), at('0.0.0.0:0')])
  assert.deepEqual([inUse.status, String(inUse.stdout)], [69, ''])
  assert.match(inUse.stderr, /^it-serve: cannot listen at --admin http:\/\/127\.0\.0\.1:\d+: it is in use\n$/)
  assert.deepEqual([open.status, String(open.stdout), open.stderr.split('\n').length], [64, '', 2])
})
