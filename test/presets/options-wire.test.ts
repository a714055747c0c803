/** The options of five presets, and what a vector cannot say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { length } from '../../lib/codec/length.ts'
import { dns } from '../../lib/codec/presets/dns.ts'
import { httpChunked } from '../../lib/codec/presets/http-chunked.ts'
import { multiprocessing } from '../../lib/codec/presets/multiprocessing.ts'
import { pktLine } from '../../lib/codec/presets/pkt-line.ts'
import { postgres, postgresStartup } from '../../lib/codec/presets/postgres.ts'
import { FrameOverLimitError, FrameTooLargeError, InvalidOptionError } from '../../lib/errors.ts'
import { hex } from '../../lib/laws/bytes.ts'
import { cutAt, drip } from '../../lib/laws/cuttings.ts'
import { decode, encodeBatches } from '../../lib/laws/outcome.ts'
import type { Codec } from '../../lib/types.ts'
import { letters } from '../laws/subjects/framings.ts'

const presets = { dns, multiprocessing, pktLine, postgres, postgresStartup, httpChunked }

test('each is a subpath of the package', async () => {
  for (const [file, preset] of Object.entries({
    dns,
    multiprocessing,
    'pkt-line': pktLine,
    postgres,
    'http-chunked': httpChunked
  })) {
    const exported: object = await import(`it-serve/presets/${file}`)
    assert.ok(Object.values(exported).includes(preset), file)
  }
})

for (const [name, preset] of Object.entries(presets)) {
  test(`${name}: maxBytes is a whole number of at least 1`, () => {
    for (const maxBytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '9' as unknown as number]) {
      assert.throws(() => preset({ maxBytes }), InvalidOptionError, String(maxBytes))
    }
  })
}

test('http-chunked: its blocks are limited, and its own framing cannot be changed', () => {
  for (const options of [
    { maxBlockBytes: 0 },
    { maxBlocks: 0 },
    { blockBytes: 0 },
    { blockBytes: 9, maxBlockBytes: 8 }
  ]) {
    assert.throws(() => httpChunked(options), InvalidOptionError, JSON.stringify(options))
  }
  const meddling = { last: 'last-bit', trailerLines: false } as object
  assert.equal(
    Buffer.from(encodeBatches(httpChunked(meddling), [[letters(1)]]).bytes).toString(),
    '1\r\na\r\n0\r\n\r\n'
  )
})

test('the extension of a length is one character, and there is an end behind it', () => {
  const field = { ascii: 'hex', digits: 4 } as const
  assert.throws(() => length({ prefix: { ...field, extension: ';' } }), InvalidOptionError)
  assert.throws(() => length({ prefix: { ...field, end: '\r\n', extension: ';;' } }), InvalidOptionError)
  assert.doesNotThrow(() => length({ prefix: { ...field, end: '\r\n', extension: ';' } }))
})

/** A frame over the limit of 5 bytes, and one behind it. */
const over: [Codec<unknown>, string][] = [
  [dns({ maxBytes: 5 }), '\0\x06toobig\0\x02ok'],
  [multiprocessing({ maxBytes: 5 }), '\xff\xff\xff\xff\0\0\0\0\0\0\0\x06toobig\0\0\0\x02ok'],
  [pktLine({ maxBytes: 5 }), '000atoobig0006ok'],
  [postgres({ maxBytes: 5 }), 'Q\0\0\0\x0atoobigQ\0\0\0\x06ok'],
  [httpChunked({ maxBytes: 5 }), '4\r\ntoob\r\n2;x\r\nig\r\n0 ;y\r\nZ: z\r\n\r\n2\r\nok\r\n0\r\n\r\n']
]

for (const [codec, wire] of over) {
  test(`${codec.name}: a frame over the limit can be skipped, however it is cut`, () => {
    const bytes = new Uint8Array(Buffer.from(wire, 'latin1'))
    for (const batches of [[[bytes]], drip(bytes), ...Array.from(bytes.keys(), (at) => cutAt(bytes, [at]))]) {
      const { frames } = decode(codec, batches, { onOversize: 'skip' })
      const [first, second, ...more] = frames as [FrameTooLargeError, Uint8Array | { payload: Uint8Array }]
      assert.ok(first instanceof FrameTooLargeError)
      assert.equal(Buffer.from(first.head).toString(), 'toobig')
      assert.equal(Buffer.from('payload' in second ? second.payload : second).toString(), 'ok')
      assert.deepEqual(more, [])
    }
  })
}

/** The largest frame, whatever larger was asked for. */
const most: [Codec<Uint8Array>, number][] = [
  [dns({ maxBytes: 100_000 }), 65_535],
  [pktLine({ maxBytes: 100_000 }) as Codec<Uint8Array>, 65_516]
]

for (const [codec, bytes] of most) {
  test(`${codec.name}: ${bytes} bytes are the most, whatever is asked for`, () => {
    assert.equal(encodeBatches(codec, [[letters(bytes)]]).fault, undefined)
    assert.throws(() => codec.encoder().push([letters(bytes + 1)], []), FrameOverLimitError)
  })
}

test('multiprocessing: from 2 GiB on, -1 and eight bytes are written', () => {
  // Nobody touches these bytes, so that there is no memory behind them.
  const out: Uint8Array[] = []
  multiprocessing({ maxBytes: 2 ** 32 })
    .encoder()
    .push([new Uint8Array(2 ** 31 - 1), new Uint8Array(2 ** 31)], out)
  assert.deepEqual(
    out.map((chunk) => (chunk.byteLength < 100 ? hex(chunk) : chunk.byteLength)),
    ['7fffffff', 2 ** 31 - 1, 'ffffffff0000000080000000', 2 ** 31]
  )
})
