/**
 * What careless callers do: frames of the wrong type, misspelt options, framers that miscount, chunks that are no bytes.
 * Each gets a clear error; nothing goes on the wire that was not meant to, and nothing hangs.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type BodyPart,
  type Codec,
  chunked,
  close,
  cobs,
  type DecodeOptions,
  decode,
  delimiter,
  dotStuffed,
  FrameRefusedError,
  type Framer,
  FrameTooLargeError,
  fixed,
  frameCodec,
  InvalidOptionError,
  type LengthOptions,
  length,
  MalformedFrameError,
  type PeerError,
  slip,
  text
} from '../../lib/index.ts'
import { decodeWhole, encodeBatches } from '../../lib/laws/outcome.ts'
import { utf8 } from '../laws/bytes.ts'

const codecs: Codec<Uint8Array>[] = [
  length(),
  length({ prefix: 4 }),
  length({ prefix: 4, counts: 'itself' }),
  length({ prefix: { ascii: 'decimal', end: ':' }, trailer: ',' }),
  length({ prefix: 4, bits: 31, fragments: { last: 'last-bit' } }),
  delimiter('\n'),
  slip(),
  cobs(),
  dotStuffed(),
  fixed(5),
  chunked(),
  close()
]

test('a frame that is no Uint8Array is refused by name, and leaves no byte', () => {
  const wrong = ['hello', new ArrayBuffer(5), Uint16Array.of(1, 2, 3), [], {}, 5, null, undefined, { byteLength: 5 }]
  for (const codec of codecs) {
    for (const frame of wrong) {
      const out: Uint8Array[] = []
      const encoder = codec.encoder()
      assert.throws(
        () => encoder.push([frame as never], out),
        (error: unknown) => {
          assert.ok(error instanceof FrameRefusedError, `${codec.name}: ${error}`)
          assert.match(error.message, /that is no Uint8Array but/)
          return true
        }
      )
      assert.deepEqual(out, [])
    }
  }
})

test('what was put of a frame that is refused halfway is taken back', () => {
  const codec = length({ prefix: 2, bits: 15, counts: 2, fragments: { last: 'last-bit', blockBytes: 4 } })
  const { bytes, fault } = encodeBatches(codec, [[utf8('good'), utf8('abcde')]])
  const good = encodeBatches(codec, [[utf8('good')]])
  if (good.fault === undefined) assert.deepEqual([bytes, fault?.code], [good.bytes, 'ERR_FRAME_REFUSED'])
  else assert.deepEqual(bytes, new Uint8Array(0))
  const halfway = frameCodec<number>({
    name: 'halfway',
    framer: () => assert.fail('nothing is read'),
    put(size, packer) {
      packer.header(2, () => {})
      packer.bytes(new Uint8Array(size))
      if (size % 2 === 1) throw new FrameRefusedError('halfway', 'of an odd size')
    }
  })
  for (const size of [1, 301, 5001, 200_001]) {
    const out: Uint8Array[] = []
    assert.throws(() => halfway.encoder().push([10, 6000, 20, size], out), FrameRefusedError)
    assert.equal(Buffer.concat(out).byteLength, 12 + 6002 + 22)
  }
})

test('memory of before never goes on the wire', () => {
  Buffer.allocUnsafe(8192).fill(0x5a)
  const quiet = frameCodec<number>({
    name: 'quiet',
    framer: () => assert.fail('nothing is read'),
    put: (_, packer) => packer.header(8, () => {})
  })
  for (const codec of [length({ prefix: 8, bits: 8 }), quiet] as Codec<never>[]) {
    const out: Uint8Array[] = []
    codec.encoder().push(Array<never>(100).fill(new Uint8Array(0) as never), out)
    assert.deepEqual(new Uint8Array(Buffer.concat(out)), new Uint8Array(800))
  }
})

test('misspelt options and values that mean nothing are refused when they are given', () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => length({ maxLength: 4 } as never), /length option is "maxLength"/],
    [() => length('varint' as never), /length options is "varint"/],
    [() => length({ prefix: {} } as never), /prefix is/],
    [() => length({ header: null } as never), /header is null/],
    [() => length({ bits: 7 } as never), /bits is 7/],
    [() => length({ prefix: 1, signals: { 255: 'a' }, escape: { 255: 2 } }), /signals is 255/],
    [() => length({ prefix: { ascii: 'hex', end: 'a' } }), /end is "a"/],
    [() => length({ prefix: { end: 'é', read: Number, write: String } }), /end is "é"/],
    [() => delimiter('\n', { maxLength: 4 } as never), /delimiter option is "maxLength"/],
    [() => delimiter(10 as never), /delimiter is 10/],
    [() => delimiter(/\n/ as never), /delimiter is/],
    [() => decode(length(), { onOversize: 'Skip' as never }), /onOversize is "Skip"/],
    [() => decode(length(), { onFault: 'items' as never }), /onFault is "items"/],
    [() => decode(length(), { maxBodyBytes: -1 }), /maxBodyBytes is -1/],
    [() => decode(length(), { asBodies: 'yes' as never }), /asBodies is "yes"/],
    [() => decode(length(), { frameMS: 5 } as never), /decode option is "frameMS"/]
  ]
  for (const [make, message] of wrong) {
    assert.throws(
      make,
      (error: unknown) => error instanceof InvalidOptionError && message.test(error.message),
      String(make)
    )
  }
  // @ts-expect-error a misspelt option is a type error, too
  assert.throws(() => length({ prefix: 4, maxLength: 4 }), InvalidOptionError)
  // @ts-expect-error and so it is here
  assert.throws(() => decode(length(), { onOversize: 'skip', onFualt: 'item' }), InvalidOptionError)
})

test('options that the compiler does not know exactly may put errors among the frames, and the type says so', () => {
  const options: DecodeOptions = { onOversize: 'skip' }
  const step = decode(text(delimiter('\n', { maxBytes: 3 })), options).begin()
  const items: (string | PeerError | BodyPart)[] = []
  step.push([utf8('one\nlonger\n')], items)
  // @ts-expect-error an item may be something else than a frame
  const first: string = items[0]
  assert.ok(first === 'one' && items[1] instanceof FrameTooLargeError)
})

test('a framer that miscounts is told, and hangs nobody', () => {
  const framers: [string, Partial<Framer<Uint8Array>> & Pick<Framer<Uint8Array>, 'take' | 'need'>][] = [
    ['needs what is there', { need: 2, take: (_bytes, at) => at }],
    ['takes too much', { need: 1, take: (_bytes, _at, end) => end + 1 }],
    ['goes back', { need: 1, take: (_bytes, at) => at - 1 }],
    ['answers nothing', { need: 1, take: () => undefined as never }]
  ]
  for (const [name, framer] of framers) {
    const codec = frameCodec<Uint8Array>({
      name,
      framer: () => ({ name, truncated: (had) => ({ phase: 'payload', had }), ...framer }),
      put: (frame, packer) => packer.bytes(frame)
    })
    const decoder = codec.decoder()
    assert.throws(
      () => {
        for (const chunk of ['a', 'b', 'cd', 'e']) decoder.push([utf8(chunk)], [])
      },
      (error: unknown) => error instanceof TypeError && error.message.startsWith(`${name}: its framer`)
    )
  }
})

test('a chunk that is no Uint8Array is named; a frame is never a Buffer', () => {
  for (const chunk of ['text', 7, null]) {
    assert.throws(
      () =>
        delimiter('\n')
          .decoder()
          .push([chunk as never], []),
      /needs batches of Uint8Array/
    )
  }
  const own = frameCodec<Uint8Array>({
    name: 'own',
    framer: () => ({
      name: 'own',
      need: 1,
      take(bytes, at, end, out) {
        for (; at < end; at++) out.push(bytes.subarray(at, at + 1))
        return at
      },
      truncated: (had) => ({ phase: 'payload', had })
    }),
    put: (frame, packer) => packer.bytes(frame)
  })
  const out: Uint8Array[] = []
  own.decoder().push([Buffer.from('ab')], out)
  assert.deepEqual(out, [utf8('a'), utf8('b')])
})

test('functions of options that answer rubbish are found, and sizes they tell are limited', () => {
  for (const size of [Number.NaN, undefined, -1, 1.5]) {
    for (const option of ['after', 'trailer'] as const) {
      const codec = length({ prefix: 1, [option]: () => size as number } as LengthOptions)
      assert.throws(() => codec.decoder().push([Uint8Array.of(1, 2, 3)], []), InvalidOptionError)
    }
  }
  const large = length({ prefix: 1, after: () => 2 ** 30 })
  assert.throws(() => large.decoder().push([Uint8Array.of(1, 2, 3)], []), FrameTooLargeError)
  const stuck = Object.assign(() => 1, { bytes: 0 })
  const plugged = length({ prefix: { encode: () => Uint8Array.of(1), decode: stuck } })
  assert.throws(() => plugged.decoder().push([Uint8Array.of(1, 2, 3)], []), InvalidOptionError)
})

test('a header that cannot be read is a fault of its frame, and an item where that is wanted', () => {
  const codec = length({
    offset: 1,
    prefix: 1,
    header: {
      read(bytes: Uint8Array, at: number): number {
        if (bytes[at] === 9) throw new Error('no type 9')
        return bytes[at] as number
      },
      write() {}
    }
  })
  const wire = Uint8Array.of(1, 1, 65, 9, 1, 66, 2, 1, 67)
  const strict = decodeWhole(codec, wire)
  assert.deepEqual([strict.frames.length, strict.fault?.code], [1, 'ERR_MALFORMED_FRAME'])
  const items: unknown[] = []
  codec.decoder({ onFault: 'item' }).push([wire], items as never)
  assert.ok(items.length === 3 && items[1] instanceof MalformedFrameError)
})

test('nothing in a text header can end it too soon or say another length', () => {
  const field = (write: (size: number, header?: unknown) => string) =>
    length({ prefix: { end: '\r\n\r\n', read: (said) => Number(/L: (\d+)$/.exec(said)?.[1]), write } })
  for (const write of [
    (size: number) => `L: ${size}\r\n`,
    (size: number) => `X: \u010d\u010a\u010d\u010a\r\nL: ${size}`,
    (size: number) => `X: \r\n\r\nL: ${size}`,
    (size: number) => `L: ${size + 1}`,
    () => 'nothing'
  ]) {
    const { bytes, fault } = encodeBatches(field(write), [[utf8('abc')]])
    assert.deepEqual([bytes, fault?.code], [new Uint8Array(0), 'ERR_FRAME_REFUSED'], String(write))
  }
  let asked = 0
  const once = field((size) => `X: ${++asked}\r\nL: ${size}`)
  const { bytes } = encodeBatches(once, [[utf8('abc')]])
  assert.deepEqual(decodeWhole(once, bytes).frames, [utf8('abc')])
})

test('a header format that overwrites the length or constant bytes is refused', () => {
  const read = (): number => 0
  const overLength = length({
    offset: 1,
    prefix: 1,
    header: { read, write: (_h: number, into: Uint8Array) => into.fill(0, 0, 2) }
  })
  const overConstant = length({
    offset: Uint8Array.of(7),
    prefix: 1,
    header: {
      read,
      write(_h: number, into: Uint8Array) {
        into[0] = 8
      }
    }
  })
  for (const codec of [overLength, overConstant]) {
    const { fault, bytes } = encodeBatches(codec, [[{ header: 0, payload: utf8('ab') }]])
    assert.deepEqual([fault?.code, bytes.length], ['ERR_FRAME_REFUSED', 0])
  }
})
