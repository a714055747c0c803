/**
 * Sockets that a supervisor opened: nobody is refused while the server is started again (D4), and what was not handed over
 * is not touched. inetd's way is one connection as standard input and output.
 */
import assert from 'node:assert/strict'
import { closeSync, existsSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { ListenError, listen, parseEndpoint, serve } from '../../lib/index.ts'
import { inherited } from '../../lib/transport/inherited-sockets.ts'
import { readPlaceFlags } from '../../scripts/place-flags.ts'
import { echo } from '../../servers/echo.ts'
import { runs } from '../laws/settings.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { Child } from '../support/child.ts'
import { endpointOf, itServe, python, skipUnless } from '../support/program.ts'
import { ask, assertSame, directory, pattern, received } from '../support/raw.ts'

const path = directory()
const itServeCommand = [process.execPath, '--import', 'tsx', 'scripts/it-serve.ts']

test('D4: a supervisor holds the socket; servers killed one after the other, and no connect is refused', {
  skip: skipUnless('python3')
}, async () => {
  const restarts = runs(2).numRuns
  const supervisor = python(
    'supervisor.py',
    'web',
    String(restarts),
    String(restarts * 250),
    ...itServeCommand,
    'serve',
    'echo',
    '--quiet',
    '--listen',
    'systemd:web'
  )
  const { stdout } = await supervisor.ended('its end', 60_000)
  const told = JSON.parse(String(stdout))
  assert.deepEqual([told.refused, told.answered, told.status], [0, restarts + 1, 0])
  assert.ok(told.connected >= restarts * 250)
  assert.deepEqual(new Set(told.lines), new Set([`echo listening at tcp://127.0.0.1:${told.port}\n`]))
})

const noActivate = skipUnless('systemd-socket-activate')

test('systemd-socket-activate: a Unix socket and TLS over one, which stay when the server stops', {
  skip: noActivate || noOpenssl
}, async (t) => {
  const pair = certify()
  const sockets = [`${path}/a`, `${path}/b`]
  const server = new Child('systemd-socket-activate', [
    ...sockets.flatMap((socket) => ['-l', socket]),
    '--fdname=plain:secure',
    '-E',
    'PATH',
    ...itServeCommand,
    ...['serve', 'echo', '--quiet', '--tls-cert', pair.certFile, '--tls-key', pair.keyFile],
    ...['--listen', 'systemd:plain', '--listen', 'tls+fd:4']
  ])
  t.after(() => server.kill())
  await server.line((line) => line.startsWith('Listening on') && line.includes('/b'), 'its sockets', 'stderr')
  assert.equal(String((await ask(`unix:${path}/a`, 'plain')).bytes), 'plain')
  assert.deepEqual(
    [await endpointOf(server, 0), await endpointOf(server, 1)],
    sockets.map((socket) => `unix:${socket}`)
  )
  const secured = connectTls({ path: `${path}/b`, ca: pair.cert, servername: 'localhost' })
  const answer = received(secured)
  secured.end('secret')
  assert.equal(String((await answer).bytes), 'secret')
  server.signal('SIGTERM')
  assert.equal((await server.ended()).status, 0)
  for (const socket of sockets) assert.ok(existsSync(socket))
})

test('inetd: systemd-socket-activate --inetd, an answer larger than any buffer, half-close included', {
  skip: noActivate
}, async (t) => {
  const at = `${path}/inetd`
  const server = new Child(
    'systemd-socket-activate',
    ['-l', at, '--inetd', '--accept', '-E', 'PATH', ...itServeCommand, 'serve', 'echo', '--listen', 'stdio:'],
    { family: true }
  )
  t.after(() => server.kill())
  await server.line((line) => line.startsWith('Listening on'), 'its socket', 'stderr')
  const sent = pattern(3_000_000)
  const answers = await Promise.all([ask(`unix:${at}`, sent), ask(`unix:${at}`, 'two at a time')])
  assertSame(answers[0].bytes, sent)
  assert.deepEqual([String(answers[1].bytes), answers[0].how, answers[1].how], ['two at a time', 'end', 'end'])
})

test('inetd: socat EXEC', { skip: skipUnless('socat') }, async (t) => {
  const at = `${path}/socat`
  const server = new Child(
    'socat',
    ['-t', '20', `UNIX-LISTEN:${at}`, `EXEC:${itServeCommand.join(' ')} serve zen --quiet --listen stdio\\:`],
    { family: true }
  )
  t.after(() => server.kill())
  for (;;)
    if (existsSync(at)) break
    else await new Promise((resolve) => setImmediate(resolve))
  const { bytes, how } = await ask(`unix:${at}`, 'Simple is better than?Why?')
  assert.deepEqual([String(bytes), how], ['Complex.Error: unknown aphorism.', 'end'])
})

test('what was not handed over is not taken', async () => {
  const own = String(process.pid)
  const env = { LISTEN_PID: own, LISTEN_FDS: '3', LISTEN_FDNAMES: 'web:admin:web' }
  assert.deepEqual(
    inherited('systemd:web', env),
    [3, 5].map((fd) => ({ kind: 'fd', fd, secure: false }))
  )
  assert.deepEqual(inherited('tls+systemd:admin', env), [{ kind: 'fd', fd: 4, secure: true }])
  assert.deepEqual(inherited('systemd:unknown', { LISTEN_PID: own, LISTEN_FDS: '1' }), [
    { kind: 'fd', fd: 3, secure: false }
  ])
  const wrong: [endpoint: string, env: NodeJS.ProcessEnv, why: RegExp][] = [
    ['systemd:web', {}, /LISTEN_FDS and LISTEN_PID are not set/],
    ['systemd:web', { ...env, LISTEN_PID: '1' }, /for process 1, and this is/],
    ['systemd:other', env, /no socket of that name.*web, admin/],
    ['systemd:web', { ...env, LISTEN_FDS: 'many' }, /no socket of that name.*none/]
  ]
  for (const [endpoint, given, why] of wrong) {
    assert.throws(
      () => inherited(endpoint, given),
      (error: unknown) => error instanceof ListenError && why.test(error.message)
    )
  }
  const file = openSync('/dev/null', 'r')
  await assert.rejects(serve(echo, { listen: `fd:${file}` }), /no socket/)
  closeSync(file)
  await assert.rejects(serve(echo, { listen: 'fd:9999999' }), /no such descriptor/)
  // Its input is a socket, and connected.
  const server = itServe('serve', 'echo', '--quiet', '--listen', 'fd:0')
  const { status, stderr } = await server.ended()
  assert.equal(status, 69)
  assert.match(stderr, /is a connection/)
  for (const endpoint of [
    'fd:',
    'fd:-1',
    'fd:03',
    'fd:3x',
    'fd:99999999',
    'systemd:',
    'systemd:a:b',
    'tls+tcp://h:1',
    'tls+fd:'
  ]) {
    assert.throws(() => parseEndpoint(endpoint), { name: 'InvalidOptionError' }, endpoint)
  }
  await assert.rejects(serve(echo, { listen: ['tcp://127.0.0.1:0', 'fd:9999999'] }), ListenError)
  await assert.rejects(listen('systemd:web'), ListenError)
})

test('the flags of places: what is wrong is told by the name of the flag', () => {
  assert.deepEqual(readPlaceFlags({ proxyTrusted: [] }), {})
  assert.deepEqual(readPlaceFlags({ unixMode: '660', proxyProtocol: true, proxyTrusted: ['::1', 'unix:'] }), {
    unixMode: 0o660,
    proxyProtocol: { trusted: ['::1', 'unix:'] }
  })
  for (const unixMode of ['', '6', '888', '0o600', '6000', 'rw']) {
    assert.throws(() => readPlaceFlags({ unixMode, proxyTrusted: [] }), /--unix-mode is/)
  }
  assert.throws(() => readPlaceFlags({ proxyProtocol: true, proxyTrusted: [] }), /--proxy-trusted is undefined/)
  assert.throws(() => readPlaceFlags({ proxyTrusted: ['::1'] }), /--proxy-trusted is "::1": expected --proxy-protocol/)
})
