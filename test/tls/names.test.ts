/** Names (SNI) in every spelling, application protocols, and what is spoken at all (B5, B6). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectError, connect, drain, InvalidOptionError, pipe, type TlsListenOptions } from '../../lib/index.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { dial, hostAndPort } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { dialTls, secured } from '../support/tls-peers.ts'

const skip = noOpenssl
const made = skip === false
const pair = made ? certify({ name: 'default' }) : { cert: '', key: '' }
const exact = made ? certify({ name: 'a', names: 'DNS:a.example.com' }) : pair
const wild = made ? certify({ name: 'b', names: 'DNS:*.b.example' }) : pair
const listen = 'tls://127.0.0.1:0'
const quiet = handling((peer) => pipe(peer, drain()))
const names = { 'A.example.com': exact, '*.b.example': wild }

const asked: [name: string | undefined, gets: string | undefined][] = [
  ['a.example.com', 'a'],
  ['A.EXAMPLE.COM', 'a'],
  ['a.Example.com.', 'a'],
  ['x.b.example', 'b'],
  ['X.B.EXAMPLE', 'b'],
  [undefined, 'default'],
  ['x.y.b.example', undefined],
  ['b.example', undefined],
  ['other.example', undefined],
  [`${'x'.repeat(63)}.example`, undefined],
  ['__proto__', undefined]
]

for (const unknownName of ['default', 'reject'] as const) {
  test(`names in every spelling; an unknown one: ${unknownName}`, { skip }, async (t) => {
    const { books, endpoint } = await start(t, quiet, { listen, tls: { ...pair, names, unknownName } })
    for (const [name, gets] of asked) {
      const socket = dialTls(endpoint, name === undefined ? {} : { servername: name })
      const told = await secured(socket).then(
        () => String(socket.getPeerCertificate().subject.CN),
        (error: NodeJS.ErrnoException) => String(error.code)
      )
      socket.destroy()
      const otherwise = unknownName === 'default' ? 'default' : 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'
      assert.match(told, new RegExp(`^${gets ?? otherwise}`), String(name))
    }
    const unknown = books.all('refuse').filter(({ reason }) => reason === 'name_unknown')
    assert.equal(unknown.length, unknownName === 'default' ? 0 : 5)
  })
}

test('whoever asks for an unknown name and resets the line in that moment harms nobody', { skip }, async (t) => {
  const clients: { resetAndDestroy(): unknown }[] = []
  const { service, books, endpoint } = await start(t, quiet, {
    listen,
    tls: { ...pair, names, unknownName: 'reject' },
    // The event comes in the midst of OpenSSL's work, before the alert is written.
    onEvent: ({ type }) => {
      if (type === 'refuse') for (const client of clients.splice(0)) client.resetAndDestroy()
    }
  })
  for (let round = 1; round <= 20; round++) {
    const line = await dial(endpoint)
    clients.push(line)
    const socket = dialTls(endpoint, { socket: line, servername: 'other.example' })
    await books.count('refuse', round)
    socket.destroy()
  }
  assert.equal(service.stats.refusals.name_unknown, 20)
  const good = dialTls(endpoint, { servername: 'a.example.com' })
  await secured(good)
  good.destroy()
})

test('names that OpenSSL itself refuses end in an alert', { skip: skip || skipUnless('python3') }, async (t) => {
  const { books, endpoint } = await start(t, quiet, { listen, tls: { ...pair, names } })
  const { host, port } = hostAndPort(endpoint)
  for (const name of ['a.example.com\\0.evil', 'x'.repeat(300)]) {
    const python = new Child('python3', ['-c', hello, host, String(port), name])
    const { stdout, stderr } = await python.ended()
    assert.match(String(stdout), /^15 /, stderr)
  }
  const refused = await books.count('refuse', 2)
  assert.deepEqual(
    refused.map(({ reason }) => reason),
    ['handshake_failed', 'handshake_failed']
  )
})

/** A hello with any bytes for a name: Python makes one for a name of the same length, and we replace it. */
const hello = `
import socket, ssl, sys
host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3].replace('\\\\0', '\\0').encode()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
stand_in = ('n' * len(name) if len(name) < 60 else '.'.join(['n' * 50] * 4)).encode()
sent, got = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(got, sent, server_hostname=stand_in.decode())
try: tls.do_handshake()
except ssl.SSLWantReadError: pass
hello = sent.read()
if len(name) == len(stand_in): hello = hello.replace(stand_in, name)
else:
    at = hello.index(stand_in)
    more = len(name) - len(stand_in)
    hello = bytearray(hello[:at] + name + hello[at + len(stand_in):])
    def grow(where, size):
        hello[where:where + size] = (int.from_bytes(hello[where:where + size], 'big') + more).to_bytes(size, 'big')
    grow(3, 2); grow(6, 3); grow(at - 2, 2); grow(at - 5, 2); grow(at - 7, 2)
    extensions = 9 + 2 + 32; extensions += 1 + hello[extensions]; extensions += 2 + int.from_bytes(hello[extensions:extensions + 2], 'big'); extensions += 1 + hello[extensions]
    grow(extensions, 2)
line = socket.create_connection((host, port))
line.sendall(hello)
print(line.recv(1).hex(), line.recv(99).hex())
`

test('application protocols: the first of ours that both know; none in common is refused', { skip }, async (t) => {
  const { books, endpoint } = await start(t, quiet, { listen, tls: { ...pair, alpn: ['chat/2', 'chat/1'] } })
  const chosen = async (alpn: string[] | undefined): Promise<string | undefined> => {
    await using connection = await connect(endpoint, {
      tls: { ca: pair.cert, ...(alpn === undefined ? {} : { alpn }) }
    })
    return connection.tls?.alpn
  }
  assert.equal(await chosen(['chat/1', 'chat/2']), 'chat/2')
  assert.equal(await chosen(['chat/1']), 'chat/1')
  assert.equal(await chosen(undefined), undefined)
  await assert.rejects(chosen(['mail']), ConnectError)
  assert.equal((await books.next('refuse')).reason, 'handshake_failed')
})

test('1.2 and 1.3, ephemeral keys and AEAD; nothing else', { skip }, async (t) => {
  const { endpoint } = await start(t, quiet, { listen, tls: pair })
  const { port } = hostAndPort(endpoint)
  const offered: [flags: string[], spoken: RegExp | undefined][] = [
    [['-tls1_3'], /TLSv1\.3/],
    [['-tls1_2'], /TLSv1\.2/],
    [['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'], undefined],
    [['-tls1', '-cipher', 'ALL:@SECLEVEL=0'], undefined],
    [['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384'], undefined],
    [['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES256-CCM'], undefined],
    [['-tls1_2', '-cipher', 'AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256'], undefined],
    [['-tls1_3', '-ciphersuites', 'TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256'], undefined]
  ]
  const outcomes = offered.map(async ([flags, spoken]) => {
    const client = new Child('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...flags])
    const { stdout, stderr } = await client.endInput().ended()
    const [, cipher = ''] = /Cipher is (\S+)/.exec(String(stdout)) ?? []
    if (spoken === undefined) assert.equal(cipher.replace('(NONE)', ''), '', `${flags}: ${stderr}`)
    else assert.match(String(stdout), new RegExp(`New, ${spoken.source}, Cipher is (TLS_AES|ECDHE)\\S+GCM`))
  })
  await Promise.all(outcomes)
})

test('no renegotiation', { skip }, async (t) => {
  const { endpoint } = await start(t, quiet, { listen, tls: pair })
  const socket = dialTls(endpoint, { maxVersion: 'TLSv1.2' })
  await secured(socket)
  const failure = await new Promise((resolve) => {
    socket.on('error', resolve)
    socket.renegotiate({}, resolve)
  })
  socket.destroy()
  assert.match(String(failure), /no.renegotiation/i)
})

test('programs that look for weak points', { skip: skip || skipUnless('sslscan') }, async (t) => {
  const { endpoint } = await start(t, quiet, { listen, tls: pair })
  const { stdout } = await new Child('sslscan', ['--no-colour', endpoint.replace('tls://', '')]).ended()
  assert.doesNotMatch(String(stdout), /(SSLv\d|TLSv1\.[01])\s+enabled|CBC|SHA\b.*Accepted|CCM8/)
})

const wrong: [Partial<TlsListenOptions>, RegExp][] = [
  [{ cert: 'no certificate' }, /tls\.cert is "\(PEM text\)"/],
  [{ cert: { file: '/nowhere/cert.pem' } }, /tls\.cert is "\/nowhere\/cert\.pem".*no such file/],
  [{ key: exact.key }, /tls\.cert and tls\.key.*mismatch/],
  [{ names: { 'a b': pair } }, /tls\.names is "a b"/],
  [{ handshakeMs: 0 }, /tls\.handshakeMs is 0/],
  [{ handshakes: 0 }, /tls\.handshakes is 0/]
]

test('what cannot be used is told by its name, and never shown', { skip }, async (t) => {
  for (const [tls, says] of wrong) {
    await assert.rejects(start(t, quiet, { listen, tls: { ...pair, ...tls } }), (error: Error) => {
      assert.ok(error instanceof InvalidOptionError, String(error))
      assert.match(error.message, says)
      assert.doesNotMatch(error.message, /PRIVATE/)
      return true
    })
  }
  await assert.rejects(start(t, quiet, { listen }), /tls is undefined/)
  for (const serverName of ['a\0b', 'a b', '', 'x'.repeat(254)]) {
    await assert.rejects(connect('tls://127.0.0.1:1', { tls: { serverName } }), /tls\.serverName is/)
  }
  await assert.rejects(connect('tls://127.0.0.1:1', { tls: { key: pair.key } }), /tls\.cert is undefined/)
})
