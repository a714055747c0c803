/**
 * PostgreSQL: three framings on one connection. A request for TLS in the framing of the start, answered by one byte of no
 * framing at all; then the start; then messages with a type in front of their length. The login is a dialog, what
 * follows a pipeline.
 *
 * What stands behind the one byte was put there by somebody else (CVE-2021-23222), and so was what stands behind the
 * request (CVE-2021-23214).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batched,
  type Connection,
  collect,
  decode,
  dialog,
  encode,
  flatMap,
  length,
  listen,
  map,
  ProtocolError,
  parseEndpoint,
  pipe
} from '../../lib/index.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { within } from '../support/wait.ts'
import { transports } from './transports.ts'

const start = length({ prefix: 4, counts: 'itself' })
const messages = length({
  offset: 1,
  prefix: 4,
  counts: 'itself',
  header: {
    read: (bytes: Uint8Array, at: number) => String.fromCharCode(bytes[at] ?? 0),
    write: (type: string, into: Uint8Array, at: number) => {
      into[at] = type.charCodeAt(0)
    }
  }
})
interface Message {
  readonly header: string
  readonly payload: Uint8Array
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
const message = (header: string, payload: string): Message => ({ header, payload: bytes(payload) })
const textOf = ({ header, payload }: Message): string => `${header} ${Buffer.from(payload).toString('latin1')}`

const tlsRequest = bytes('\x04\xd2\x16\x2f')
const version3 = bytes('\0\x03\0\0')

/** Our server: no TLS, no password, and every query has one row with the query in it. */
async function serve(peer: Connection): Promise<void> {
  const talk = dialog(peer)
  let first = await talk.next(start, { unread: 'reject' })
  if (first !== undefined && Buffer.compare(first, tlsRequest) === 0) {
    await talk.write(bytes('N'))
    first = await talk.next(start)
  }
  if (first === undefined || Buffer.compare(first.subarray(0, 4), version3) !== 0) throw new ProtocolError('no start')
  await talk.send(messages, message('R', '\0\0\0\0'))
  await talk.send(messages, message('Z', 'I'))
  const logged = talk.detach()
  await pipe(logged, decode(messages), flatMap(answer), encode(messages), logged)
}

function answer({ header, payload }: Message): Message[] {
  if (header !== 'Q') return []
  const query = Buffer.from(payload.subarray(0, -1)).toString('latin1')
  const size = String.fromCharCode(query.length >> 8, query.length & 255)
  const column = 'query\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0'
  return [
    message('T', `\0\x01${column}`),
    message('D', `\0\x01\0\0${size}${query}`),
    message('C', 'SELECT 1\0'),
    message('Z', 'I')
  ]
}

for (const [name, open] of transports) {
  test(`a login with a TLS request, in the bytes of the protocol, and queries behind it (${name})`, async () => {
    await using ends = await open()
    const served = serve(ends.server)
    const login = dialog(ends.client)
    await login.write(bytes('\0\0\0\x08\x04\xd2\x16\x2f'))
    assert.deepEqual(Buffer.from(await login.read(1, { unread: 'reject' })), Buffer.from('N'))
    await login.write(bytes('\0\0\0\x0f\0\x03\0\0user\0\0\0'))
    assert.deepEqual(await login.next(messages), message('R', '\0\0\0\0'))
    assert.deepEqual(await login.next(messages), message('Z', 'I'))
    const server = login.detach()
    const queries = [message('Q', 'one\0'), message('Q', 'two\0'), message('X', '')]
    const rows = await pipe(batched(queries), encode(messages), server, decode(messages), map(textOf), collect())
    await within(served, 'the end')
    const row = (query: string): string => `D \0\x01\0\0\0\x03${query}`
    assert.deepEqual(
      rows.filter((text) => /^[DC]/.test(text)),
      [row('one'), 'C SELECT 1\0', row('two'), 'C SELECT 1\0']
    )
  })

  test(`bytes behind the TLS request and behind its answer are refused (${name})`, async () => {
    await using early = await open()
    const served = serve(early.server)
    await dialog(early.client).write(bytes('\0\0\0\x08\x04\xd2\x16\x2f\0\0\0\x0f\0\x03\0\0evil\0\0\0'))
    await assert.rejects(within(served, 'the refusal', 5_000), (error) => {
      return error instanceof ProtocolError && error.message === 'the peer sent 15 bytes behind the frame that was read'
    })

    await using late = await open()
    await dialog(late.server).write(bytes('SR\0\0\0\x08\0\0\0\0'))
    const login = dialog(late.client)
    await login.send(start, tlsRequest)
    await assert.rejects(within(login.read(1, { unread: 'reject' }), 'the refusal', 5_000), (error) => {
      return error instanceof ProtocolError && error.message === 'the peer sent 9 bytes behind what was read'
    })
    assert.equal(login.unreadBytes, 9)
    assert.deepEqual(await login.next(messages), message('R', '\0\0\0\0'), 'what was refused can still be read')
  })
}

test('psql asks for TLS, is told no, logs in and queries', { skip: skipUnless('psql') }, async () => {
  await using listener = await listen('tcp://127.0.0.1:0')
  const at = parseEndpoint(listener.endpoint)
  assert.ok(at.kind === 'tcp')
  const target = `host=127.0.0.1 port=${at.port} user=ada dbname=test sslmode=prefer gssencmode=disable connect_timeout=10`
  const psql = new Child('psql', ['-X', '-At', '-c', 'select one', '-c', 'select two', target], {
    env: { PGPASSFILE: '/nonexistent', PGSYSCONFDIR: '/nonexistent' }
  })
  const next = listener[Symbol.asyncIterator]().next()
  const peer = (await within(next, 'a connection from psql')).value as Connection
  const served = serve(peer)
  const { status, stdout, stderr } = await psql.ended()
  await within(served, 'the end')
  await peer.close()
  assert.deepEqual([status, stdout.toString(), stderr], [0, 'select one\nselect two\n', ''])
})
