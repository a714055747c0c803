/**
 * BIND's `dig` and `mdig` ask a server of ours over TCP: one question, several on one connection, several at once, and one
 * with an answer of 58 KiB.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dns } from '../../lib/codec/presets/dns.ts'
import { type Connection, decode, encode, map, pipe } from '../../lib/index.ts'
import { Child } from '../support/child.ts'
import { proved } from '../support/preset-peers.ts'
import { skipUnless } from '../support/program.ts'
import { hostAndPort } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'

const skip = skipUnless('dig', 'mdig') && 'no dig and mdig: apt-get install bind9-dnsutils'

/** 192.0.2.7, and 230 strings of 255 letters. */
const address = Buffer.from([192, 0, 2, 7])
const texts = Buffer.concat(Array.from({ length: 230 }, () => Buffer.from(`\xff${'t'.repeat(255)}`, 'latin1')))
const TXT = 16

/** Header and question as they were asked, flags of an answer, one record with the name of the question. */
function answer(query: Uint8Array): Uint8Array {
  let end = 12
  while (query[end] !== 0) end += (query[end] as number) + 1
  const head = Buffer.from(query.subarray(0, end + 5))
  head.set([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0], 2)
  const type = head.readUInt16BE(end + 1)
  const data = type === TXT ? texts : address
  const record = Buffer.from('c00c 0000 0001 0000003c 0000'.replaceAll(' ', ''), 'hex')
  record.writeUInt16BE(type, 2)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, record, data])
}

const resolver = handling((peer: Connection) => pipe(peer, decode(dns()), map(answer), encode(dns()), peer))

async function output(program: string, endpoint: string, ...questions: string[]): Promise<string> {
  const { host, port } = hostAndPort(endpoint)
  const options = ['+tcp', '+tries=1', '+time=10', ...questions]
  const { status, stdout, stderr } = await new Child(program, [`@${host}`, '-p', String(port), ...options]).ended()
  assert.equal(status, 0, stderr)
  return String(stdout)
}

test('dig asks over TCP', { skip }, async (t) => {
  const { endpoint, books } = await start(t, resolver)
  const said = await output('dig', endpoint, 'example.test', 'A')
  assert.match(said, /status: NOERROR.*\n.*ANSWER: 1,/)
  assert.match(said, /^example\.test\.\s+60\s+IN\s+A\s+192\.0\.2\.7$/m)
  assert.match(said, /\(TCP\)/)
  assert.doesNotMatch(said, /WARNING|malformed|bad packet/i)
  await books.count('close', 1)
  assert.deepEqual(books.reasons(), ['finished'])
  proved('dns')
})

test('dig +keepopen asks twice on one connection', { skip }, async (t) => {
  const { endpoint, service } = await start(t, resolver)
  const said = await output('dig', endpoint, '+keepopen', '+short', 'one.test', 'A', 'two.test', 'A')
  assert.equal(said, '192.0.2.7\n192.0.2.7\n')
  assert.equal(service.stats.accepted, 1)
  proved('dns')
})

test('mdig asks many questions at once, on one connection', { skip }, async (t) => {
  const { endpoint, service } = await start(t, resolver)
  const names = Array.from({ length: 50 }, (_, index) => `n${index}.test`)
  const said = await output('mdig', endpoint, '+noall', '+answer', ...names)
  const answered = said.matchAll(/^(n\d+\.test)\.\s+1m\s+IN\s+A\s+192\.0\.2\.7$/gm)
  assert.deepEqual(Array.from(answered, ([, name]) => name).sort(), names.sort())
  assert.equal(service.stats.accepted, 1)
  proved('dns')
})

test('dig takes an answer of 58 KiB', { skip }, async (t) => {
  const { endpoint } = await start(t, resolver)
  const said = await output('dig', endpoint, '+short', 'large.test', 'TXT')
  assert.equal(said, `${Array.from({ length: 230 }, () => `"${'t'.repeat(255)}"`).join(' ')}\n`)
  proved('dns')
})
