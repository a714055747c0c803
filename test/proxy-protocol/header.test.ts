/** The header of the PROXY protocol: vectors as data, every length, every cut, and what is written is read back. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { SocketAddress } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Address, formatProxyHeader, InvalidOptionError, PeerError, parseProxyHeader } from '../../lib/index.ts'
import { crc32c } from '../../lib/transport/proxy-protocol/crc32c.ts'
import { forAll } from '../laws/settings.ts'

interface Vector {
  readonly name: string
  readonly text?: string
  readonly hex?: string
  /** Of the header, where bytes stand behind it. */
  readonly length?: number
  readonly command?: 'local'
  readonly source?: Address
  readonly destination?: Address
  readonly extensions?: { type: number; hex: string }[]
  /** It is refused for this. */
  readonly error?: string
  /** More has to come. */
  readonly partial?: true
}

const vectors = JSON.parse(readFileSync(new URL('../vectors/proxy-protocol.json', import.meta.url), 'utf8')) as Vector[]

/** As it is found however much of the bytes is there: the first outcome that is none of waiting. */
function read(bytes: Uint8Array, step: number): ReturnType<typeof parseProxyHeader> | string {
  for (let end = step; ; end += step) {
    try {
      const found = parseProxyHeader(bytes.subarray(0, end))
      if (found !== undefined || end >= bytes.length) return found
    } catch (error) {
      assert.ok(error instanceof PeerError, String(error))
      return (error as PeerError).code
    }
  }
}

test('the vectors, as a whole and byte by byte', () => {
  assert.ok(vectors.length >= 60)
  for (const {
    name,
    text,
    hex,
    error,
    partial,
    length,
    command = 'proxy',
    source,
    destination,
    extensions
  } of vectors) {
    const bytes = text === undefined ? Buffer.from(hex as string, 'hex') : Buffer.from(text)
    for (const step of [Math.max(1, bytes.length), 1]) {
      const found = read(bytes, step)
      if (error !== undefined) assert.equal(found, error, name)
      else if (partial === true) assert.equal(found, undefined, name)
      else {
        assert.ok(typeof found === 'object', `${name}: ${found}`)
        const told = {
          ...found.header,
          extensions: found.header.extensions.map(({ type, value }) => ({
            type,
            hex: Buffer.from(value).toString('hex')
          }))
        }
        const addresses = source === undefined ? {} : { source, destination }
        const version = text === undefined ? 2 : 1
        assert.deepEqual(told, { version, command, ...addresses, extensions: extensions ?? [] }, name)
        assert.equal(found.length, length ?? bytes.length, name)
      }
    }
  }
})

test('version 2: each of the 65,536 lengths is waited for, or refused from its first 16 bytes', () => {
  const head = Buffer.from('0d0a0d0a000d0a515549540a21110000', 'hex')
  for (let length = 0; length <= 65_535; length++) {
    head.writeUInt16BE(length, 14)
    const found = read(head, 16)
    assert.equal(
      found,
      length < 12 ? 'ERR_MALFORMED_FRAME' : length <= 2_032 ? undefined : 'ERR_FRAME_TOO_LARGE',
      String(length)
    )
  }
})

test('a flipped bit anywhere under a checksum is seen', () => {
  const source = { host: '192.0.2.1', port: 1 }
  const value = Buffer.from('example.com')
  const header = formatProxyHeader({ source, destination: source, checksum: true, extensions: [{ type: 2, value }] })
  assert.ok(parseProxyHeader(header) !== undefined)
  for (let bit = 0; bit < header.length * 8; bit++) {
    const changed = new Uint8Array(header)
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
    // One bit can take the checksum away, by its type, or all addresses; it cannot make others of them.
    const found = read(changed, changed.length)
    if (typeof found !== 'object' || found.header.source === undefined) continue
    assert.deepEqual([found.header.source, found.header.destination], [source, source], `bit ${bit}`)
  }
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
})

test('whatever comes is a header, the beginning of one, or the peer’s fault, however it is cut', () => {
  const headers = vectors.map(({ text, hex }) =>
    text === undefined ? Buffer.from(hex as string, 'hex') : Buffer.from(text)
  )
  const change = fc.tuple(fc.constantFrom(...headers), fc.nat(400), fc.uint8Array({ maxLength: 4 }))
  forAll(change, 3_000, ([header, at, bytes]) => {
    const changed = new Uint8Array(Buffer.concat([header.subarray(0, at), bytes, header.subarray(at + bytes.length)]))
    assert.deepEqual(read(changed, 1), read(changed, Math.max(1, changed.length)))
  })
})

test('what is written is read back', () => {
  const port = fc.nat(65_535)
  const four = fc.record({ host: fc.ipV4(), port })
  const six = fc.record({
    host: fc.ipV6().map((host) => new SocketAddress({ family: 'ipv6', address: host }).address),
    port
  })
  const unix = fc.record({ path: fc.stringMatching(/^\/[a-z/]{0,100}$/) })
  const pairs = fc.oneof(fc.tuple(four, four), fc.tuple(six, six), fc.tuple(unix, unix))
  const extension = fc.record({ type: fc.integer({ min: 6, max: 255 }), value: fc.uint8Array({ maxLength: 100 }) })
  const values = fc.tuple(
    pairs,
    fc.constantFrom(1 as const, 2 as const),
    fc.boolean(),
    fc.array(extension, { maxLength: 5 })
  )
  forAll(values, 300, ([[source, destination], version, checksum, extensions]) => {
    const header = formatProxyHeader({ version, source, destination, checksum, extensions })
    const found = parseProxyHeader(Buffer.concat([header, Buffer.from('rest')]))
    const known = version === 2 || !('path' in source)
    assert.equal(found?.length, header.length)
    const seen = (address: Address): Address =>
      'path' in address ? address : { ...address, host: (address.host as string).replace(/^::ffff:(?=[\d.]+$)/, '') }
    const spelt = (address: Address | undefined): string | undefined => address && JSON.stringify(seen(address))
    if (known && !(source as Address).host?.startsWith('::ffff:'))
      assert.equal(spelt(found?.header.source), spelt(source))
    if (!known) assert.equal(found?.header.source, undefined)
    if (version === 2)
      assert.deepEqual(
        found?.header.extensions.map(({ type, value }) => [type, ...value]),
        extensions.map(({ type, value }) => [type, ...value])
      )
  })
})

test('without addresses, or with two kinds of them, a header says that it knows nothing; IPv4 and IPv6 are IPv6', () => {
  const [four, six] = [
    { host: '192.0.2.1', port: 1 },
    { host: '::1', port: 2 }
  ]
  assert.equal(String(Buffer.from(formatProxyHeader({ version: 1 }))), 'PROXY UNKNOWN\r\n')
  assert.equal(
    String(Buffer.from(formatProxyHeader({ version: 1, source: four, destination: six }))),
    'PROXY UNKNOWN\r\n'
  )
  for (const fields of [{}, { source: four }, { source: four, destination: { path: '/s' } }]) {
    assert.equal(parseProxyHeader(formatProxyHeader(fields))?.header.source, undefined)
  }
  const mixed = parseProxyHeader(formatProxyHeader({ source: four, destination: six }))?.header
  assert.deepEqual([mixed?.source, mixed?.destination], [four, six])
  assert.equal(parseProxyHeader(formatProxyHeader({ command: 'local' }))?.header.command, 'local')
  for (const fields of [
    { type: 3, value: Buffer.alloc(4) },
    { type: 256, value: Buffer.alloc(0) },
    { type: 6, value: Buffer.alloc(65_530) }
  ]) {
    assert.throws(
      () => formatProxyHeader({ source: four, destination: four, extensions: [fields] }),
      InvalidOptionError
    )
  }
})
