/**
 * The probes. probe tls looks at `openssl s_server`, started for each case; probe connect at sockets of Node. Names come from
 * a hosts file of the test, so that nothing leaves this machine.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { SecureVersion } from 'node:tls'
import { stripVTControlCharacters } from 'node:util'
import { statusOf } from '../../scripts/exit-status.ts'
import { painted } from '../../scripts/paint.ts'
import { connectReport } from '../../scripts/probe/connect-report.ts'
import { readHandshake } from '../../scripts/probe/handshake-record.ts'
import { portOf, resolveHost } from '../../scripts/probe/names.ts'
import { probeCommand } from '../../scripts/probe/probe.ts'
import { connectTable, tlsTable } from '../../scripts/probe/tables.ts'
import { type TlsProbe, type TlsReport, tlsReport } from '../../scripts/probe/tls-report.ts'
import { type Certified, certify, noOpenssl } from '../support/certificates.ts'
import { Child } from '../support/child.ts'
import { itServe } from '../support/program.ts'
import { directory } from '../support/raw.ts'

const folder = directory()
const hosts = join(folder, 'hosts')
writeFileSync(
  hosts,
  `# of the test
127.0.0.1  localhost
127.0.0.1  two.example  two
127.0.0.2  two.example  two
::1        six.example
`
)

const root = noOpenssl ? undefined : certify({ name: 'Root of the test', authority: true })
const between = noOpenssl ? undefined : certify({ name: 'Between', authority: true, by: root as Certified })
const good = noOpenssl ? undefined : certify({ by: root as Certified })

/** Starts a server with these flags and says where it is. */
async function opensslServer(t: TestContext, pair: Certified, ...flags: string[]): Promise<number> {
  const words = ['s_server', '-accept', '127.0.0.1:0', '-cert', pair.certFile, '-key', pair.keyFile, ...flags]
  const child = new Child('openssl', words)
  t.after(() => child.kill())
  const line = await child.line((said) => said.startsWith('ACCEPT '), 'where it listens')
  return Number(/:(\d+)$/.exec(line)?.[1])
}

async function probe(port: number, more: Partial<TlsProbe> = {}): Promise<TlsReport> {
  const { host = 'localhost', ca = (root as Certified).cert } = more
  return tlsReport({ port, addresses: ['127.0.0.1'], timeoutMs: 10_000, ...more, host, ca })
}

const skip = noOpenssl

test('a server with which all is well', { skip }, async (t) => {
  const leaf = certify({ by: between as Certified })
  const port = await opensslServer(t, leaf, '-cert_chain', (between as Certified).certFile, '-alpn', 'h2')
  const report = await probe(port)
  assert.deepEqual([report.ok, report.failures, report.warnings], [true, [], []])
  assert.deepEqual([report.trusted, report.nameMatches, report.version], [true, true, 'TLSv1.3'])
  assert.deepEqual(report.certificate?.names, ['localhost', '127.0.0.1'])
  assert.deepEqual([report.certificate?.subject, report.certificate?.issuer], ['CN=localhost', 'CN=Between'])
  assert.equal(report.certificate?.validTo, '2049-12-31T00:00:00.000Z')
  assert.ok((report.certificate?.daysLeft ?? 0) > 8000)
  assert.deepEqual(
    report.chain.map(({ subject, from }) => [subject, from]),
    [
      ['CN=localhost', 'sent'],
      ['CN=Between', 'sent'],
      ['CN=Root of the test', 'trusted here']
    ]
  )
  assert.match(report.cipher?.name ?? '', /^TLS_AES_\d{3}_GCM|^TLS_CHACHA20/)
  assert.match(report.keyExchange ?? '', /^ECDH X25519, 253 bits$/)
  assert.deepEqual([report.alpn, report.compression, report.resumption], ['h2', 'none', true])
  assert.equal(report.clientCertificate, 'not asked for')
  assert.equal(report.versions?.['TLSv1.2'], true)
  const table = tlsTable(report, (_, text) => text).join('\n')
  assert.match(table, /^localhost:\d+ at 127\.0\.0\.1\n\nsubject {10}CN=localhost\n/)
  assert.match(table, /\ntrusted {10}yes\nname {13}is for localhost\nversion {10}TLSv1\.3 .*\n/)
  assert.match(table, /\n\nall is well$/)
  // Colours change nothing but colours.
  assert.equal(stripVTControlCharacters(tlsTable(report, painted).join('\n')), table)
})

interface Case {
  readonly pair: () => Certified
  readonly flags?: readonly string[]
  readonly asked?: Partial<TlsProbe>
  readonly failures: readonly RegExp[]
  readonly also?: (report: TlsReport) => void
}

const weak = ['-cipher', 'ALL:@SECLEVEL=0']
const cases: Record<string, Case> = {
  'an expired certificate': {
    pair: () => certify({ by: root as Certified, from: '20200101000000Z', to: '20210101000000Z' }),
    failures: [/^the certificate expired on 2021-01-01$/],
    also: ({ trusted, certificate }) => assert.ok(trusted && (certificate?.daysLeft ?? 0) < -2000)
  },
  'a certificate of tomorrow': {
    pair: () => certify({ by: root as Certified, from: '20480101000000Z' }),
    failures: [/^the certificate is not valid before 2048-01-01$/]
  },
  'a wrong name': {
    pair: () =>
      certify({ name: 'other.example', names: 'DNS:other.example,DNS:*.other.example', by: root as Certified }),
    failures: [/^the certificate is not for localhost, but for other\.example, \*\.other\.example$/],
    also: ({ trusted, nameMatches }) => assert.deepEqual([trusted, nameMatches], [true, false])
  },
  'a certificate signed by itself': {
    pair: () => certify(),
    failures: [/^the certificate is not trusted: it is signed by itself$/]
  },
  'one signed by itself, expired, with a wrong name: all of it is told': {
    pair: () => certify({ names: 'DNS:a.example', from: '20200101000000Z', to: '20210101000000Z' }),
    failures: [/signed by itself/, /expired/, /is not for localhost, but for a\.example/]
  },
  'a root that nobody knows': {
    pair: () => {
      const foreign = certify({ name: 'Foreign', authority: true })
      const leaf = certify({ by: foreign })
      writeFileSync(leaf.certFile, leaf.cert + foreign.cert)
      return leaf
    },
    flags: ['-cert_chain', 'the same'],
    failures: [/^the certificate is not trusted: its root CN=Foreign is not trusted$/]
  },
  'a certificate of one who only bears the name of the root': {
    pair: () => certify({ by: certify({ name: 'Root of the test', authority: true }) }),
    failures: [/^the certificate is not trusted: the chain is incomplete: no certificate of CN=Root of the test/]
  },
  'a chain that is not whole': {
    pair: () => certify({ by: between as Certified }),
    failures: [
      /^the certificate is not trusted: the chain is incomplete: no certificate of CN=Between was sent, and none/
    ]
  },
  'a certificate for clients': {
    pair: () => certify({ by: root as Certified, usage: 'clientAuth' }),
    failures: [/^the certificate is not trusted: OpenSSL says INVALID_PURPOSE$/]
  },
  'TLS 1.0 only': {
    pair: () => good as Certified,
    flags: ['-tls1', ...weak],
    failures: [/^TLSv1 is too old/],
    also: ({ version, versions }) => {
      assert.equal(version, 'TLSv1')
      assert.deepEqual(versions, { TLSv1: true, 'TLSv1.1': false, 'TLSv1.2': false, 'TLSv1.3': false })
    }
  },
  'TLS 1.1 only': { pair: () => good as Certified, flags: ['-tls1_1', ...weak], failures: [/^TLSv1\.1 is too old/] },
  'TLS 1.2 only': { pair: () => good as Certified, flags: ['-tls1_2'], failures: [] },
  'TLS 1.3 only': {
    pair: () => good as Certified,
    flags: ['-tls1_3'],
    failures: [],
    also: ({ versions }) => assert.deepEqual(Object.values(versions ?? {}), [false, false, false, true])
  },
  'asked for a version that it does not speak': {
    pair: () => good as Certified,
    flags: ['-tls1_3'],
    asked: { version: 'TLSv1.2' as SecureVersion },
    failures: [/^no version of TLS in common/]
  },
  'an old cipher, asked for': {
    pair: () => certify({ by: root as Certified, rsa: true }),
    flags: ['-tls1_2', ...weak],
    asked: { ciphers: 'AES128-SHA' },
    failures: [],
    also: ({ cipher, keyExchange, warnings }) => {
      assert.deepEqual([cipher?.name, cipher?.bits, keyExchange], ['AES128-SHA', 128, 'RSA (no forward secrecy)'])
      assert.match(warnings.join(), /no AEAD.*no forward secrecy/)
    }
  },
  'a cipher that encrypts nothing': {
    pair: () => certify({ by: root as Certified, rsa: true }),
    flags: ['-tls1_2', '-cipher', 'eNULL:@SECLEVEL=0'],
    asked: { ciphers: 'eNULL' },
    failures: [/^the cipher ECDHE-RSA-NULL-SHA is too weak$/]
  },
  'a certificate of ours required, TLS 1.3': {
    pair: () => good as Certified,
    flags: ['-Verify', '1', '-tls1_3'],
    failures: [/^the server requires a certificate of ours \(--cert FILE\)$/],
    also: ({ clientCertificate, trusted }) => assert.deepEqual([clientCertificate, trusted], ['required', true])
  },
  'a certificate of ours required, TLS 1.2': {
    pair: () => good as Certified,
    flags: ['-Verify', '1', '-tls1_2'],
    failures: [/^the server requires a certificate of ours/],
    also: ({ clientCertificate, trusted }) => assert.deepEqual([clientCertificate, trusted], ['required', true])
  },
  'a certificate of ours asked for and not missed, TLS 1.3': {
    pair: () => good as Certified,
    flags: ['-verify', '1', '-tls1_3', '-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256'],
    failures: [],
    also: ({ clientCertificate }) => assert.equal(clientCertificate, 'asked for')
  },
  'a certificate of ours asked for and given': {
    pair: () => good as Certified,
    flags: ['-Verify', '1', '-verify_return_error', '-CAfile', 'root', '-tls1_3'],
    asked: {
      get client() {
        return certify({ name: 'robot', by: root as Certified, usage: 'clientAuth' })
      }
    },
    failures: [],
    also: ({ clientCertificate }) => assert.equal(clientCertificate, 'asked for')
  },
  'a certificate of ours that is not taken': {
    pair: () => good as Certified,
    flags: ['-Verify', '1', '-verify_return_error', '-CAfile', 'root', '-tls1_3'],
    asked: {
      get client() {
        return certify({ name: 'robot' })
      }
    },
    failures: [/^the server does not take our certificate: /]
  }
}

for (const [what, { pair, flags = [], asked = {}, failures, also }] of Object.entries(cases)) {
  test(`a server with ${what}`, { skip }, async (t) => {
    const served = pair()
    const files: Record<string, string> = { root: (root as Certified).certFile, 'the same': served.certFile }
    const port = await opensslServer(t, served, ...flags.map((flag) => files[flag] ?? flag))
    const report = await probe(port, asked)
    assert.equal(report.failures.length, failures.length, report.failures.join('\n'))
    for (const [index, failure] of failures.entries()) assert.match(report.failures[index] ?? '', failure)
    assert.equal(report.ok, failures.length === 0)
    also?.(report)
    const lines = tlsTable(report, (_, text) => text)
    for (const failure of report.failures) assert.ok(lines.includes(`wrong: ${failure}`))
  })
}

test('what speaks no TLS, and what says nothing', async (t) => {
  const chatty = createServer((socket) => void socket.on('error', () => {}).write('220 hello, here is FTP\r\n'))
  const silent = createServer((socket) => void socket.on('error', () => {}))
  for (const server of [chatty, silent]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
  }
  const portAt = (server: typeof chatty): number => (server.address() as { port: number }).port
  const base = { host: 'localhost', addresses: ['127.0.0.1'] }
  const plain = await tlsReport({ ...base, port: portAt(chatty), timeoutMs: 10_000 })
  assert.deepEqual(plain.failures, ['what answers there does not speak TLS'])
  const nothing = await tlsReport({ ...base, port: portAt(silent), timeoutMs: 50 })
  assert.deepEqual(nothing.failures, ['the handshake failed: no answer within 50 ms'])
})

/** A certificate whose bytes were changed at this place: its signature is wrong then, as a stranger's may be. */
function spoiled({ cert }: Certified, pattern: RegExp | string, by: string): Buffer {
  const der = new X509Certificate(cert).raw.toString('latin1')
  const at = typeof pattern === 'string' ? der.indexOf(pattern) : der.search(pattern)
  assert.ok(at > 0)
  return Buffer.from(der.slice(0, at) + by + der.slice(at + by.length), 'latin1')
}

/** A message of a TLS 1.2 handshake in a record of its own. */
function handshake(kind: number, content: Buffer): Buffer {
  const [head, record] = [Buffer.alloc(4), Buffer.of(22, 3, 3, 0, 0)]
  head.writeUInt32BE(content.length + kind * 2 ** 24)
  record.writeUInt16BE(content.length + 4, 3)
  return Buffer.concat([record, head, content])
}

test('a handshake that lies about its lengths, dates that are none, a key that nobody reads: all are told', {
  skip
}, async (t) => {
  const hello = Buffer.concat([Buffer.of(3, 3), Buffer.alloc(32), Buffer.of(0, 0xc0, 0x2f, 0)])
  const listOf = (der: Buffer): Buffer => {
    const lengths = Buffer.alloc(6)
    lengths.writeUIntBE(der.length + 3, 0, 3)
    lengths.writeUIntBE(der.length, 3, 3)
    return Buffer.concat([lengths, der])
  }
  const itself = certify()
  const dateless = spoiled(itself, /\d{12}Z(?=0)/, 'XX')
  const keyless = spoiled(
    itself,
    '\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07',
    '\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x63'
  )
  const cases: [sent: Buffer[], says: RegExp][] = [
    [[handshake(2, Buffer.of(3, 3, 0))], /the handshake failed/],
    [[handshake(2, hello), handshake(11, Buffer.of(0, 0, 9, 255, 255, 255))], /the handshake failed/],
    [[handshake(2, hello), handshake(11, listOf(dateless))], /the certificate has a date that is none/],
    [[handshake(2, hello), handshake(11, listOf(keyless))], /the certificate is not trusted/]
  ]
  for (const [sent, says] of cases) {
    const server = createServer((socket) => void socket.on('error', () => {}).end(Buffer.concat(sent)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const report = await probe((server.address() as { port: number }).port)
    assert.match(report.failures.join('; '), says)
    assert.ok(tlsTable(report, painted).length > 0)
  }
  // Of TLS 1.3: too short to be encrypted.
  const supported = Buffer.of(0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4)
  const modern = handshake(2, Buffer.concat([Buffer.of(3, 3), Buffer.alloc(33), supported]))
  const record = readHandshake(Buffer.concat([modern, Buffer.of(23, 3, 3, 0, 3, 1, 2, 3)]), Buffer.alloc(32))
  assert.deepEqual(record, { version: 0x0304, certificates: [], asksClient: false })
})

test('names and services', async () => {
  const text = '127.0.0.1 two.example two # first\n127.0.0.2 TWO\n::1 six.example\nnonsense two\n'
  const two = await resolveHost('two', text)
  assert.deepEqual(two.addresses, [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 }
  ])
  assert.equal(two.canonicalName, 'two.example')
  await assert.rejects(resolveHost('three', text), { message: 'cannot resolve three: no such name in the hosts file' })
  await assert.rejects(resolveHost('127.0.0.1\0evil', text), /expected a host name or an IP address/)
  assert.deepEqual((await resolveHost('::1')).addresses, [{ address: '::1', family: 6 }])
  assert.equal((await resolveHost('localhost')).canonicalName, 'localhost')
  const services = 'http  80/tcp  www # web\ntime 37/udp\n'
  assert.deepEqual([portOf('http', services), portOf('www', services), portOf('8080', services)], [80, 80, 8080])
  for (const wrong of ['time', 'nothing', '0', '65536', '-1'])
    assert.throws(() => portOf(wrong, services), /service is/)
})

test('two addresses, of which the first refuses; and one of IPv6', async (t) => {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const two = await resolveHost('two.example', '127.0.0.1 two.example\n127.0.0.2 two.example\n')
  const report = await connectReport(two, { service: String(port), port, timeoutMs: 5_000 })
  assert.deepEqual([report.ok, report.attempts.map(({ outcome }) => outcome)], [true, ['refused', 'answered']])
  const [title, , first, second] = connectTable(report, (_, text) => text)
  assert.equal(title, `two.example, port ${port}: 2 addresses`)
  assert.match(first ?? '', /^IPv4 {2}127\.0\.0\.1 {2}refused: nobody listens there {2}\d+\.\d ms$/)
  assert.match(second ?? '', /^IPv4 {2}127\.0\.0\.2 {2}answered +\d+\.\d ms +the one that a client gets$/)
  if (
    !Object.values(networkInterfaces())
      .flat()
      .some((one) => one?.address === '::1')
  )
    return t.diagnostic('no IPv6 here')
  const six = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => six.listen(0, '::1', resolve))
  t.after(() => six.close())
  const at = (six.address() as { port: number }).port
  const sixth = await connectReport(await resolveHost('six.example', '::1 six.example'), {
    service: 'http',
    port: at,
    timeoutMs: 5_000
  })
  assert.deepEqual(
    sixth.attempts.map(({ family, outcome }) => [family, outcome]),
    [['IPv6', 'answered']]
  )
})

test('on the command line: tables, JSON and exit statuses', { skip }, async (t) => {
  const port = await opensslServer(t, good as Certified)
  const gone = createServer()
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
  const free = String((gone.address() as { port: number }).port)
  await new Promise((resolve) => gone.close(resolve))
  const there = ['localhost', String(port), '--hosts', hosts]
  const runs: [status: number, output: RegExp, ...words: string[]][] = [
    [0, /^\{\n {2}"host": "localhost",[\s\S]*"ok": true[\s\S]*\}\n$/, 'tls', ...there, '--ca', authority(), '--json'],
    [1, /wrong: the certificate is not trusted/, 'tls', ...there],
    [68, /^it-serve: cannot resolve gone: no such name in the hosts file\n$/, 'connect', 'gone', '1', '--hosts', hosts],
    [69, /refused: nobody [\s\S]*cannot connect to two, port \d+: no address/, 'connect', 'two', free, '--hosts', hosts]
  ]
  const ended = await Promise.all(runs.map(([, , ...words]) => itServe('probe', ...words).ended()))
  for (const [index, { status, stdout, stderr }] of ended.entries()) {
    const [wanted, output, ...words] = runs[index] as (typeof runs)[number]
    assert.equal(status, wanted, `${words.join(' ')}: ${stdout}${stderr}`)
    assert.match(String(stdout) + stderr, output)
  }
  const refused: [status: number, message: RegExp, ...words: string[]][] = [
    [69, /^cannot connect to localhost:\d+: 127.0.0.1 refuses: nobody listens there$/, 'tls', 'localhost', free],
    [64, /^--version is "2": expected 1\.0, 1\.1, 1\.2, 1\.3$/, 'tls', ...there, '--version', '2'],
    [64, /^--cert is undefined: expected a file, for --key$/, 'tls', ...there, '--key', 'key.pem'],
    [64, /^service is "nothing": /, 'connect', 'localhost', 'nothing'],
    [78, /^--ca nowhere: ENOENT/, 'tls', ...there, '--ca', 'nowhere'],
    [78, /^--cert .*: it has no certificate$/, 'tls', ...there, '--cert', hosts]
  ]
  for (const [status, message, ...words] of refused) {
    const asked = probeCommand().parseAsync([...words, '--hosts', hosts], { from: 'user' })
    const told = (error: Error): boolean => statusOf(error) === status && message.test(error.message)
    await assert.rejects(asked, told, words.join(' '))
  }
})

function authority(): string {
  return (root as Certified).certFile
}
