/** Endpoints: read and written back alike; what the system would cut or misread is refused by name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatEndpoint, InvalidOptionError, isEndpoint, parseEndpoint } from '../../lib/index.ts'

test('endpoints are read', () => {
  assert.deepEqual(parseEndpoint('tcp://127.0.0.1:1060'), { kind: 'tcp', host: '127.0.0.1', port: 1060 })
  assert.deepEqual(parseEndpoint('tcp://[::1]:0'), { kind: 'tcp', host: '::1', port: 0 })
  assert.deepEqual(parseEndpoint('udp://localhost:65535'), { kind: 'udp', host: 'localhost', port: 65_535 })
  assert.deepEqual(parseEndpoint('unix:/run/a.sock'), { kind: 'unix', path: '/run/a.sock' })
  assert.deepEqual(parseEndpoint('unix:///run/a.sock'), { kind: 'unix', path: '/run/a.sock' })
  assert.deepEqual(parseEndpoint('stdio:'), { kind: 'stdio' })
})

test('what is written is read back', () => {
  const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
  fc.assert(
    fc.property(fc.constantFrom('tcp' as const, 'udp' as const), hosts, fc.nat(65_535), (kind, host, port) => {
      const written = formatEndpoint(kind, { host, port })
      assert.ok(isEndpoint(written))
      assert.deepEqual(parseEndpoint(written), { kind, host, port })
    })
  )
})

for (const wrong of [
  '',
  'tcp:',
  'tcp://127.0.0.1',
  'tcp://:80',
  'tcp://::1:80',
  'tcp://[::1]80',
  'tcp://127.0.0.1:65536',
  'tcp://127.0.0.1:-1',
  'tcp://127.0.0.1:8e1',
  'tcp://127.0.0.1\0evil:80',
  'tcp://127.0.0.1 :80',
  'tcp://user@host:80',
  'tcp://host:80/path',
  'http://host:80',
  'unix:',
  `unix:/${'x'.repeat(107)}`,
  `unix:/${'é'.repeat(54)}`,
  'unix:/a\0b'
]) {
  test(`refused: ${JSON.stringify(wrong.slice(0, 40))}`, () => {
    assert.throws(
      () => parseEndpoint(wrong),
      (error) => error instanceof InvalidOptionError && error.option === 'endpoint' && error.value === wrong
    )
  })
}

test('a path of exactly 107 bytes fits', () => {
  assert.equal(parseEndpoint(`unix:/${'x'.repeat(106)}`).kind, 'unix')
})
