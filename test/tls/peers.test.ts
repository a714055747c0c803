/** Programs that nobody here wrote, as clients of our servers and as servers of our clients. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batched, collect, connect, InvalidOptionError, pipe } from '../../lib/index.ts'
import { clientTls, serverTls, withFlagNames } from '../../scripts/tls-flags.ts'
import { echo } from '../../servers/echo.ts'
import { zen } from '../../servers/zen.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { Child } from '../support/child.ts'
import { endpointOf, itServe, skipUnless } from '../support/program.ts'
import { directory, hostAndPort, pattern } from '../support/raw.ts'
import { start } from '../support/service.ts'

const skip = noOpenssl || skipUnless('python3')
const authority =
  skip === false ? certify({ name: 'authority', authority: true }) : { cert: '', key: '', certFile: '', keyFile: '' }
const pair = skip === false ? certify({ by: authority }) : authority
const robot = skip === false ? certify({ name: 'robot', by: authority, usage: 'clientAuth' }) : authority
const listen = 'tls://127.0.0.1:0'

const asks = `
import socket, ssl, sys
host, port, ca, version = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=ca)
context.maximum_version = getattr(ssl.TLSVersion, version)
tls = context.wrap_socket(socket.create_connection((host, port)), server_hostname='localhost')
tls.sendall(b'Simple is better than?')
got = b''
while not got.endswith(b'.'): got += tls.recv(99)
version = tls.version()
tls.unwrap()
print(version, got.decode())
`

for (const [version, flag] of Object.entries({ TLSv1_2: '-tls1_2', TLSv1_3: '-tls1_3' })) {
  test(`openssl s_client and Python ask, ${version}`, { skip }, async (t) => {
    const asked = await start(t, zen, { listen, tls: pair })
    const { host, port } = hostAndPort(asked.endpoint)
    const python = new Child('python3', ['-c', asks, host, String(port), authority.certFile, version])
    const { stdout, stderr } = await python.ended()
    assert.equal(String(stdout), `${version.replace('_', '.')} Complex.\n`, stderr)
    assert.equal((await asked.books.next('close')).reason, 'finished')

    const { books, endpoint } = await start(t, echo, { listen, tls: pair })
    const args = ['s_client', '-quiet', '-no_ign_eof', '-verify_return_error', '-CAfile', authority.certFile, flag]
    const client = new Child('openssl', [...args, '-connect', endpoint.replace('tls://', '')])
    client.write('hello\n')
    assert.equal(await client.line((line) => !line.startsWith('depth'), 'the echo'), 'hello')
    client.endInput()
    await client.ended()
    assert.equal((await books.next('close')).reason, 'finished')
  })
}

const serves = `
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
context.load_verify_locations(sys.argv[3])
context.verify_mode = ssl.CERT_REQUIRED
listening = socket.create_server(('127.0.0.1', 0))
print(listening.getsockname()[1])
while True:
    try: tls = context.wrap_socket(listening.accept()[0], server_side=True, suppress_ragged_eofs=False)
    except ssl.SSLError: continue
    got = b''
    try:
        while True:
            part = tls.recv(65536)
            if not part: break
            got += part
        tls.sendall(got)
        if not got.startswith(b'ragged'): tls.unwrap()
    except (ssl.SSLError, OSError): pass
    tls.close()
`

test('our client and a server in Python: mutual, whole, and cut', { skip }, async (t) => {
  const python = new Child('python3', ['-u', '-c', serves, pair.certFile, pair.keyFile, authority.certFile])
  t.after(() => python.kill())
  const endpoint = `tls://localhost:${await python.lineAt(0)}`
  const tls = { ca: authority.cert, cert: robot.cert, key: robot.key }
  const message = pattern(300_000)
  const connection = await connect(endpoint, { tls })
  const echoed = Buffer.concat(await pipe(batched([message]), connection, collect()))
  assert.deepEqual(echoed, message)
  await connection.close()
  await assert.rejects(connect(endpoint, { tls: { ca: authority.cert } }), /refused the TLS handshake.*certificate/i)
  const cut = await connect(endpoint, { tls })
  await assert.rejects(pipe(batched([Buffer.from('ragged')]), cut, collect()), /was reset/)
})

test('our client and openssl s_server', { skip }, async (t) => {
  const { endpoint: free } = await start(t, echo, { listen: 'tcp://127.0.0.1:0' }).then(
    async ({ service, endpoint }) => {
      await service.stop()
      return { endpoint }
    }
  )
  const { port } = hostAndPort(free)
  const args = ['-accept', `127.0.0.1:${port}`, '-cert', pair.certFile, '-key', pair.keyFile, '-rev', '-naccept', '1']
  const server = new Child('openssl', ['s_server', ...args])
  t.after(() => server.kill())
  await server.line((line) => line.startsWith('ACCEPT'), 'it to accept')
  const connection = await connect(`tls://localhost:${port}`, { tls: { ca: authority.cert } })
  const iterator = connection.source[Symbol.asyncIterator]()
  async function* line(): AsyncGenerator<Uint8Array[]> {
    yield [Buffer.from('desserts\n')]
    await iterator.next()
  }
  await connection.sink(line())
  connection.abort()
})

test('the command line: certificates, serving, asking, SIGHUP', { skip }, async (t) => {
  const out = directory()
  const made = await itServe('cert', '--out', out).ended()
  assert.equal(made.status, 0, made.stderr)
  const again = await itServe('cert', '--out', out).ended()
  assert.deepEqual([again.status, /exists/.test(again.stderr)], [78, true])
  const files = [`${out}/cert.pem`, `${out}/key.pem`]
  assert.equal(String(made.stdout), `${files.join('\n')}\n`)
  const [cert = '', key = ''] = files
  const { statSync } = await import('node:fs')
  assert.equal(statSync(key).mode & 0o777, 0o600)
  const server = itServe('serve', 'zen', '--port', '0', '--tls-cert', cert, '--tls-key', key)
  t.after(() => server.kill())
  const endpoint = await endpointOf(server)
  assert.match(endpoint, /^tls:/)
  const asking = ['client', 'zen', endpoint, '--tls-ca', cert, 'Simple is better than?']
  const first = await itServe(...asking).ended()
  assert.equal(String(first.stdout), 'Complex.\n', first.stderr)
  const renewed = await itServe('cert', '--out', out, '--force').ended()
  assert.equal(renewed.status, 0, renewed.stderr)
  server.signal('SIGHUP')
  await server.line((line) => line.includes('"event":"reload"'), 'the reload', 'stderr')
  const second = await itServe(...asking).ended()
  assert.equal(String(second.stdout), 'Complex.\n', second.stderr)
  server.signal('SIGTERM')
  assert.equal((await server.ended()).status, 0)
})

test('the command line names the flag and the file', { skip, concurrency: 2 }, async (t) => {
  const wrong: [args: string[], status: number, says: RegExp][] = [
    [
      ['serve', 'echo', '--tls-cert', '/nowhere', '--tls-key', '/nowhere'],
      78,
      /--tls-cert is "\/nowhere".*no such file/
    ],
    [
      ['serve', 'echo', '--tls-cert', pair.certFile, '--tls-key', robot.keyFile],
      78,
      /--tls-cert and --tls-key.*mismatch/
    ],
    [['client', 'echo', 'tls://127.0.0.1:1', '--tls-ca', '/nowhere', 'x'], 78, /--tls-ca is "\/nowhere"/]
  ]
  const outcomes = wrong.map(([args, status, says]) =>
    t.test(args.slice(0, 4).join(' '), async () => {
      const ended = await itServe(...args)
        .endInput()
        .ended()
      assert.deepEqual([ended.status, ended.stderr.split('\n').length], [status, 2], ended.stderr)
      assert.match(ended.stderr, says)
    })
  )
  await Promise.all(outcomes)
})

test('flags and endpoints that do not go together', () => {
  const wrong: [Parameters<typeof serverTls>, RegExp][] = [
    [[{ tlsCert: 'c' }, ['tls://[::]:1']], /--tls-key is undefined/],
    [[{}, ['tls://[::]:1']], /--tls-cert is undefined/],
    [[{ tlsClientCa: 'c' }, ['tcp://[::]:1']], /--tls-client-ca is "c": expected a tls:\/\/ endpoint/]
  ]
  for (const [given, says] of wrong) assert.throws(() => serverTls(...given), says)
  assert.equal(serverTls({}, ['tcp://[::]:1']), undefined)
  assert.equal(clientTls({}), undefined)
})

test('what the library calls by its option, the command line calls by its flag', async () => {
  const failing = (option: string) => withFlagNames(Promise.reject(new InvalidOptionError(option, 'x', 'better')))
  await assert.rejects(failing('tls.clientCa'), /^Error: --tls-client-ca is "x"/)
  await assert.rejects(failing('tls.cert and tls.key'), /--tls-cert and --tls-key is "x"/)
  await assert.rejects(failing('tls.serverName'), /--tls-server-name is "x"/)
  await assert.rejects(failing('tls'), /^InvalidOptionError: tls is/)
})
