/**
 * Protocols whose framing is a length, said with the options of `length` alone, and the frames that they carry.
 */
import fc from 'fast-check'
import { length } from '../../../lib/codec/length.ts'
import type { HeaderFormat, TextLength } from '../../../lib/index.ts'
import type { Codec } from '../../../lib/types.ts'
import { masks } from './families.ts'
import { contentLength, masked, maskKey, words } from './formats.ts'

interface Row {
  readonly codec: Codec<unknown>
  readonly frame: fc.Arbitrary<unknown>
}

const bytes = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 400, size: 'max' }))
const byte = fc.nat(255)
const twoBytes = fc.nat(65_535)

function row<F>(codec: Codec<F>, frame: fc.Arbitrary<unknown> = bytes): Row {
  return { codec: codec as Codec<unknown>, frame }
}

/** Frames with a header. */
const headed = (header: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(header, bytes).map(([header, payload]) => ({ header, payload }))

const view = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength)
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>

/** One byte in front of the number. */
const typeByte: HeaderFormat<number> = {
  read: (bytes, at) => bytes[at] as number,
  write: (type, into, at) => {
    into[at] = type
  }
}

/** One byte behind the number. */
const typeBehind: HeaderFormat<number> = {
  read: (bytes, _at, behind) => bytes[behind] as number,
  write: (type, into, _at, behind) => {
    into[behind] = type
  }
}

const amqpHeader: HeaderFormat<{ type: number; channel: number }> = {
  read: (bytes, at) => ({ type: bytes[at] as number, channel: view(bytes).getUint16(at + 1) }),
  write({ type, channel }, into, at) {
    into[at] = type
    view(into).setUint16(at + 1, channel)
  }
}

const fastCgiHeader: HeaderFormat<{ type: number; id: number; padding: number }> = {
  read: (bytes, at, behind) => ({
    type: bytes[at + 1] as number,
    id: view(bytes).getUint16(at + 2),
    padding: bytes[behind] as number
  }),
  write({ type, id, padding }, into, at, behind) {
    into.set([1, type], at)
    view(into).setUint16(at + 2, id)
    into[behind] = padding
  }
}

const http2Header: HeaderFormat<{ type: number; flags: number; stream: number }> = {
  read: (bytes, _at, behind) => ({
    type: bytes[behind] as number,
    flags: bytes[behind + 1] as number,
    stream: view(bytes).getUint32(behind + 2)
  }),
  write({ type, flags, stream }, into, _at, behind) {
    into.set([type, flags], behind)
    view(into).setUint32(behind + 2, stream)
  }
}

const imapLiteral: TextLength = {
  end: '\r\n',
  read: (line) => Number(/\{(\d+)\}$/.exec(line)?.[1] ?? Number.NaN),
  write: (length, command) => `${command}{${length}}`
}
const imapCommand: HeaderFormat<string> = {
  read: (bytes, at, behind) =>
    Buffer.from(bytes.subarray(at, behind))
      .toString('latin1')
      .replace(/\{\d+\}\r\n$/, ''),
  write: () => {} // it stands in the text already
}

/** The last word of a line is the number. */
const lastWord: TextLength = {
  end: '\r\n',
  maxTextBytes: 512,
  read: (line) => Number(/ (\d+)$/.exec(line)?.[1] ?? Number.NaN),
  write: (length, words) => `${words} ${length}`
}

const hexLine = { ascii: 'hex', end: '\r\n', leadingZeros: true, extension: ';' } as const
const pktSignals = { 0: 'flush', 1: 'delim', 2: 'response-end' } as const

/** A kept header of Modbus, with the length of what is behind it. */
const modbusFrames = fc
  .tuple(twoBytes, fc.uint8Array({ maxLength: 254 }))
  .map(([id, payload]) => Uint8Array.of(id >> 8, id & 255, 0, 0, 0, payload.length, ...payload))

export const rows = {
  dns: row(length({ prefix: 2 })),
  blocks: row(length({ prefix: 4, fragments: { last: 'zero', blockBytes: 100 } })),
  postgres: row(length({ offset: 1, prefix: 4, signed: true, counts: 'itself', header: typeByte }), headed(byte)),
  tpkt: row(length({ offset: Uint8Array.of(3, 0), prefix: 2, counts: 'frame' })),
  bgp: row(
    length({
      offset: new Uint8Array(16).fill(0xff),
      prefix: 2,
      counts: -18,
      after: 1,
      header: typeBehind,
      maxBytes: 4077
    }),
    headed(byte)
  ),
  modbus: row(length({ offset: 4, prefix: 2, header: 'keep', maxBytes: 260 }), modbusFrames),
  grpc: row(length({ offset: 1, prefix: 4, header: typeByte }), headed(byte)),
  amqp: row(
    length({ offset: 3, prefix: 4, trailer: Uint8Array.of(0xce), header: amqpHeader }),
    headed(record({ type: byte, channel: twoBytes }))
  ),
  '9p': row(length({ prefix: 4, endian: 'little', counts: 'itself' })),
  fastcgi: row(
    length({
      offset: 4,
      prefix: 2,
      after: 2,
      trailer: (bytes, _at, behind) => bytes[behind] as number,
      header: fastCgiHeader
    }),
    headed(record({ type: byte, id: twoBytes, padding: byte }))
  ),
  http2: row(
    length({ prefix: 3, counts: 6, after: 6, header: http2Header }),
    headed(record({ type: byte, flags: byte, stream: fc.nat(0x7fffffff) }))
  ),
  websocket: row(
    length({ offset: 1, prefix: 1, bits: 7, escape: { 126: 2, 127: 8 }, after: maskKey, header: masked }),
    headed(masks)
  ),
  multiprocessing: row(length({ prefix: 4, signed: true, escape: { '-1': 8 } })),
  'onc-rpc': row(length({ prefix: 4, bits: 31, fragments: { last: 'last-bit', blockBytes: 100 } })),
  mqtt: row(length({ offset: 1, maxVarintBytes: 4, header: typeByte }), headed(byte)),
  protobuf: row(length({ maxVarintBytes: 10 })),
  netstring: row(length({ prefix: { ascii: 'decimal', end: ':' }, trailer: ',' })),
  syslog: row(length({ prefix: { ascii: 'decimal', end: ' ' } })),
  'pkt-line': row(
    length({ prefix: { ascii: 'hex', digits: 4 }, counts: 'itself', signals: pktSignals, maxBytes: 65_516 }),
    fc.oneof(
      bytes,
      fc.constantFrom(...Object.values(pktSignals)).map((signal) => ({ signal }))
    )
  ),
  'http-chunk': row(
    length({ prefix: hexLine, trailer: '\r\n', fragments: { last: 'zero', trailerLines: true, blockBytes: 100 } })
  ),
  lsp: row(length({ prefix: contentLength })),
  resp: row(
    length({
      offset: '$',
      prefix: { ascii: 'decimal', end: '\r\n', minus: true },
      signals: { '-1': 'null' },
      trailer: '\r\n'
    }),
    fc.oneof(bytes, fc.constant({ signal: 'null' }))
  ),
  memcached: row(
    length({ prefix: lastWord, header: words, trailer: '\r\n' }),
    headed(fc.constantFrom('set key 0 0', 'add a 1 900'))
  ),
  nats: row(length({ prefix: lastWord, header: words, trailer: '\r\n' }), headed(fc.constantFrom('PUB a', 'PUB a b'))),
  imap: row(length({ prefix: imapLiteral, header: imapCommand }), headed(fc.constantFrom('A1 APPEND x ', 'a LOGIN ')))
} satisfies Record<string, Row>
