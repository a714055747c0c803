/**
 * curl, Python's `http.client` and Node's own `http` on the other side of our chunks: they upload to a server of ours and
 * read what it sends, also extensions and trailers, and a client of ours talks to a server of Node's.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { httpChunked } from '../../lib/codec/presets/http-chunked.ts'
import {
  type Codec,
  type Connection,
  connect,
  type Dialog,
  delimiter,
  dialog,
  MalformedFrameError,
  text
} from '../../lib/index.ts'
import { Child } from '../support/child.ts'
import { proved } from '../support/preset-peers.ts'
import { skipUnless } from '../support/program.ts'
import { ask, assertSame, hostAndPort, listening, pattern } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const noCurl = skipUnless('curl') && 'no curl: apt-get install curl'
const noPython = skipUnless('python3') && 'no python3: apt-get install python3'

const head: Codec<string> = text(delimiter('\r\n\r\n', { maxBytes: 8192 }))
const body = httpChunked()
const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: close'
const byHand = '5;name="va;lue"\r\nhello\r\n00007 ; more\r\n, world\r\n0;last\r\nX-Sum: 12\r\nX-More: y\r\n\r\n'
const large = pattern(3 * 1024 * 1024)

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The body of a request, whose sender may want to be told to go on. */
async function upload(talk: Dialog): Promise<{ target: string; sent: Uint8Array }> {
  const request = await within(talk.next(head), 'the head of a request')
  const [, target] = /^\w+ (\S+) HTTP\/1\.1\r\n/.exec(request ?? '') ?? []
  if (target === undefined) throw new Error(`no request: ${request}`)
  if (!/^transfer-encoding: chunked$/im.test(request as string)) return { target, sent: new Uint8Array(0) }
  if (/^expect: 100-continue$/im.test(request as string)) await talk.write(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'))
  return { target, sent: (await talk.next(body)) as Uint8Array }
}

/** Answers with the sum of what was uploaded, with chunks written by hand, or with a large body in our own. */
const server = handling(async (peer: Connection) => {
  const talk = dialog(peer)
  const { target, sent } = await upload(talk)
  await talk.send(head, chunkedHead)
  if (target === '/by-hand') await talk.write(Buffer.from(byHand))
  else await talk.send(body, target === '/large' ? large : Buffer.from(`${sent.byteLength} ${sha256(sent)}`))
  await talk.detach().close()
})

async function curl(endpoint: string, target: string, args: string[] = [], input?: Uint8Array): Promise<Buffer> {
  const { host, port } = hostAndPort(endpoint)
  const child = new Child('curl', ['-sS', '--noproxy', '*', '-m', '30', ...args, `http://${host}:${port}${target}`])
  const { status, stdout, stderr } = await child.write(input ?? '', 'end').ended()
  assert.equal(status, 0, stderr)
  return stdout
}

test('curl uploads what it reads, in chunks', { skip: noCurl }, async (t) => {
  const { endpoint } = await start(t, server)
  for (const size of [0, 1, 65_536, large.byteLength]) {
    const sent = large.subarray(0, size)
    const args = ['-T', '-', '-H', 'Transfer-Encoding: chunked', '-H', 'Expect: 100-continue']
    assert.equal(String(await curl(endpoint, '/sum', args, sent)), `${size} ${sha256(sent)}`)
  }
  proved('http-chunked')
})

test('curl reads our chunks: a large body, and one with extensions and trailers', { skip: noCurl }, async (t) => {
  const { endpoint } = await start(t, server)
  assertSame(await curl(endpoint, '/large'), large)
  assert.equal(String(await curl(endpoint, '/by-hand')), 'hello, world')
  const shown = String(await curl(endpoint, '/by-hand', ['--dump-header', '-', '--output', '/dev/null']))
  assert.match(shown, /X-Sum: 12\r\nX-More: y\r\n/)
  proved('http-chunked')
})

const requests = `
import hashlib, http.client, sys
def ask(target, pieces=None):
    connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=30)
    if pieces is None:
        connection.request('GET', target)
    else:
        connection.request('POST', target, iter(pieces), encode_chunked=True)
    answer = connection.getresponse().read()
    connection.close()
    return answer
pieces = [b'x' * size for size in (1, 2, 3, 1000, 70000)] * 20
print(ask('/sum', pieces).decode() == '%d %s' % (len(b''.join(pieces)), hashlib.sha256(b''.join(pieces)).hexdigest()))
print(ask('/sum', []).decode().split()[0])
print(ask('/by-hand').decode())
print(hashlib.sha256(ask('/large')).hexdigest())
`

test('Python’s http.client uploads and reads', { skip: noPython }, async (t) => {
  const { endpoint } = await start(t, server)
  const args = ['-B', '-c', requests, String(hostAndPort(endpoint).port)]
  const { stdout, stderr } = await new Child('python3', args).ended()
  assert.equal(String(stdout), `True\n0\nhello, world\n${sha256(large)}\n`, stderr)
  proved('http-chunked')
})

/** A server of Node's that gives back what it is sent, piece by piece, with a trailer. */
async function nodeEcho(t: TestContext): Promise<string> {
  const echo = createServer((request, response) => {
    response.writeHead(200, { 'Transfer-Encoding': 'chunked', Trailer: 'X-Sum' })
    request.on('data', (bytes: Buffer) => response.write(bytes))
    request.on('end', () => {
      response.addTrailers({ 'X-Sum': '1' })
      response.end()
    })
  })
  t.after(() => echo.close())
  return `tcp://127.0.0.1:${await listening(echo)}`
}

test('our client uploads to a server of Node and reads its answer, twice on one connection', async (t) => {
  await using connection = await connect(await nodeEcho(t))
  const talk = dialog(connection)
  for (const sent of [large, new Uint8Array(0)]) {
    await talk.send(head, 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked')
    const [said] = await Promise.all([answer(talk), talk.send(body, sent)])
    assert.match(said.head ?? '', /^HTTP\/1\.1 200 OK\r\n.*Transfer-Encoding: chunked/s)
    assertSame(said.body as Uint8Array, sent)
  }
  proved('http-chunked')
})

async function answer(talk: Dialog): Promise<{ head: string | undefined; body: Uint8Array | undefined }> {
  const said = await within(talk.next(head), 'the head of the answer')
  return { head: said, body: await within(talk.next(body), 'the body of the answer') }
}

test('a request smuggled behind a bare line feed ends the connection with the reason', async (t) => {
  const { endpoint, books } = await start(t, server)
  const upload = 'POST /sum HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'
  const smuggled = `${upload}2;\nxx\r\n4c\r\n0\r\n\r\nGET /by-hand HTTP/1.1\r\n\r\n`
  const { bytes } = await ask(endpoint, smuggled)
  assert.equal(bytes.byteLength, 0)
  const closed = await books.next('close')
  assert.ok(closed.error instanceof MalformedFrameError, String(closed.error))
})
