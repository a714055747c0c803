/**
 * Options of the codecs: defaults, values that make no sense, limits that a prefix cannot say.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chunked } from '../../lib/codec/chunked.ts'
import { close } from '../../lib/codec/close.ts'
import { cobs } from '../../lib/codec/cobs.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { dotStuffed } from '../../lib/codec/dot-stuffed.ts'
import { fixed } from '../../lib/codec/fixed.ts'
import { halfClose } from '../../lib/codec/half-close.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { slip } from '../../lib/codec/slip.ts'
import { text } from '../../lib/codec/text.ts'
import { InvalidOptionError } from '../../lib/errors.ts'
import { decodeWhole, encode, encodeBatches } from '../../lib/laws/outcome.ts'
import type { Codec } from '../../lib/types.ts'
import { unhex } from '../laws/bytes.ts'
import { letters } from '../laws/subjects/framings.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** A value that a caller without types may pass. */
const untyped = <T>(value: unknown): T => value as T

describe('options: what makes no sense is refused when the codec is made', () => {
  const wrong: [string, () => unknown][] = [
    ['fixed(0)', () => fixed(0)],
    ['fixed(-1)', () => fixed(-1)],
    ['fixed(1.5)', () => fixed(1.5)],
    ['fixed(NaN)', () => fixed(Number.NaN)],
    ['fixed of text', () => fixed(untyped('4'))],
    ['an empty delimiter', () => delimiter('')],
    ['a delimiter of no bytes', () => delimiter(new Uint8Array(0))],
    ['delimiter maxBytes 0', () => delimiter('\n', { maxBytes: 0 })],
    ['delimiter maxBytes Infinity', () => delimiter('\n', { maxBytes: Number.POSITIVE_INFINITY })],
    ['a kept delimiter larger than the limit', () => delimiter('\r\n', { keep: true, maxBytes: 1 })],
    ['prefix 9', () => length({ prefix: untyped(9) })],
    ['prefix 1.5', () => length({ prefix: untyped(1.5) })],
    ['prefix null', () => length({ prefix: untyped(null) })],
    ['prefix 0', () => length({ prefix: untyped(0) })],
    ["prefix '4'", () => length({ prefix: untyped('4') })],
    ['endian middle', () => length({ prefix: 4, endian: untyped('middle') })],
    ['length maxBytes -1', () => length({ maxBytes: -1 })],
    ['length maxBytes 1.5', () => length({ maxBytes: 1.5 })],
    ['length maxBytes Infinity', () => length({ maxBytes: Number.POSITIVE_INFINITY })],
    ['chunked maxBytes NaN', () => chunked({ maxBytes: Number.NaN })],
    ['chunked maxBlockBytes 0', () => chunked({ maxBlockBytes: 0 })],
    ['chunked maxBlocks -1', () => chunked({ maxBlocks: -1 })],
    ['chunked blockBytes 0', () => chunked({ blockBytes: 0 })],
    ['chunked blockBytes 1.5', () => chunked({ blockBytes: 1.5 })],
    ['close maxBytes -1', () => close({ maxBytes: -1 })],
    ['halfClose maxBytes NaN', () => halfClose({ maxBytes: Number.NaN })],
    ['json maxDepth -1', () => json(length(), { maxDepth: -1 })],
    ['17 bits of 2 bytes', () => length({ prefix: 2, bits: 17 })],
    ['0 bits', () => length({ prefix: 2, bits: 0 })],
    ['a varint of 11 bytes', () => length({ maxVarintBytes: 11 })],
    ['an escape to 9 bytes', () => length({ prefix: 1, escape: { 255: untyped(9) } })],
    ['an escape that is no number', () => length({ prefix: 1, escape: { big: 4 } })],
    ['an escape that cannot be said: a byte has no -1', () => length({ prefix: 1, escape: { '-1': 4 } })],
    ['a signal that cannot be said: a byte has no 256', () => length({ prefix: 1, signals: { 256: 'x' } })],
    [
      'a signal that cannot be said: 4 digits have no -1000',
      () => length({ prefix: { ascii: 'decimal', digits: 4, minus: true }, signals: { '-1000': 'x' } })
    ],
    ['offset -1', () => length({ prefix: 1, offset: -1 })],
    ["offset ''", () => length({ prefix: 1, offset: '' })],
    ['after 1.5', () => length({ prefix: 1, after: 1.5 })],
    ['trailer 5000', () => length({ prefix: 1, trailer: 5000 })],
    ['counts all', () => length({ prefix: 1, counts: untyped('all') })],
    ['counts 0.5', () => length({ prefix: 1, counts: 0.5 })],
    ['header drop', () => length({ prefix: 1, header: untyped('drop') })],
    ['as many digits as there are, with no mark behind', () => length({ prefix: { ascii: 'hex' } })],
    ['16 decimal digits', () => length({ prefix: { ascii: 'decimal', digits: 16 } })],
    ['ascii octal', () => length({ prefix: { ascii: untyped('octal'), end: ':' } })],
    ['an empty mark behind digits', () => length({ prefix: { ascii: 'decimal', end: '' } })],
    ['an empty mark behind a text', () => length({ prefix: { end: '', read: Number, write: String } })],
    ['a last bit where every bit is length', () => length({ prefix: 4, fragments: { last: 'last-bit' } })],
    ['a last bit of a varint', () => length({ fragments: { last: 'last-bit' } })],
    ['fragments with a header', () => length({ prefix: 4, header: 'keep', fragments: { last: 'zero' } })],
    ['fragments with signals', () => length({ prefix: 4, signals: { 9: 'x' }, fragments: { last: 'zero' } })],
    [
      'trailer lines behind a last bit',
      () => length({ prefix: 4, bits: 31, fragments: { last: 'last-bit', trailerLines: true } })
    ],
    [
      'a zero that ends, where it is the number of 2 bytes',
      () => length({ prefix: 4, counts: 2, fragments: { last: 'zero' } })
    ],
    ['no delimiter', () => delimiter([])],
    ['a delimiter twice', () => delimiter(['a', 'a'])],
    ['a delimiter that another is always in front of', () => delimiter(['\n', '\n\r'])],
    ['an empty begin mark', () => delimiter('\n', { begin: '' })],
    ['kept marks larger than the limit', () => delimiter('b', { begin: 'aa', keep: true, maxBytes: 2 })],
    ['maxGarbageBytes -1', () => delimiter('\n', { begin: 'a', maxGarbageBytes: -1 })],
    ['slip maxBytes 0', () => slip({ maxBytes: 0 })],
    ['cobs maxBytes 1.5', () => cobs({ maxBytes: 1.5 })],
    ['dotStuffed maxBytes Infinity', () => dotStuffed({ maxBytes: Number.POSITIVE_INFINITY })]
  ]
  for (const [name, make] of wrong) it(name, () => assert.throws(make, InvalidOptionError))
})

/** A frame of the limit is carried, one more is not. */
function limitIs<F>(codec: Codec<F>, frame: (bytes: number) => F, limit: number): void {
  const bytes = encode(codec, [frame(limit)])
  assert.equal(decodeWhole(codec, bytes).frames.length, 1)
  const { fault } = encodeBatches(codec, [[frame(limit + 1)]])
  assert.deepEqual([fault?.class, fault?.fields.limit], ['FrameOverLimitError', limit])
}

describe('options: the limits by default', () => {
  it('close 16 MiB', () => limitIs(close(), letters, 16 * MiB))
  it('halfClose 16 MiB', () => limitIs(halfClose(), letters, 16 * MiB))
  it('delimiter 4 KiB', () => limitIs(delimiter('\n'), letters, 4 * KiB))
  it('delimiter kept 4 KiB, the mark counted', () =>
    limitIs(delimiter('\n', { keep: true }), (size) => letters(size).fill(0x0a, -1), 4 * KiB))
  it('length 1 MiB', () => limitIs(length(), letters, MiB))
  it('chunked 16 MiB', () => limitIs(chunked(), letters, 16 * MiB))
  it('text counts bytes', () =>
    limitIs(text(delimiter('\n')), (size) => `a${'é'.repeat(size / 2)}`.slice(size % 2 ? 0 : 1), 4 * KiB))

  it('a block of chunked 1 MiB', () => {
    const { fault } = decodeWhole(chunked(), unhex('00100001'))
    assert.deepEqual([fault?.code, fault?.fields.limit], ['ERR_FRAME_TOO_LARGE', MiB])
  })

  it('65,536 blocks of chunked, on both sides', () => {
    const codec = chunked({ blockBytes: 1 })
    const bytes = encode(codec, [letters(65_536)])
    assert.equal(decodeWhole(codec, bytes).frames.length, 1)
    const { fault } = encodeBatches(codec, [[letters(65_537)]])
    assert.deepEqual([fault?.class, fault?.fields.limit], ['FrameOverLimitError', 65_536])
    const more = encode(chunked({ blockBytes: 1, maxBlocks: 100_000 }), [letters(65_537)])
    assert.deepEqual(decodeWhole(codec, more).fault?.fields.unit, 'blocks')
  })

  it('blocks of 64 KiB are sent', () => {
    const bytes = encode(chunked(), [letters(64 * KiB + 1)])
    assert.deepEqual(bytes.subarray(0, 4), unhex('00010000'))
    assert.equal(bytes.length, 4 + 64 * KiB + 4 + 1 + 4)
  })
})

describe('options: a limit is never more than the prefix can say', () => {
  it('1 byte: 255', () => limitIs(length({ prefix: 1 }), letters, 255))
  it('1 byte, signed: 127', () => limitIs(length({ prefix: 1, signed: true }), letters, 127))
  it('2 bytes: 65,535', () => limitIs(length({ prefix: 2 }), letters, 65_535))
  it('2 bytes, signed: 32,767', () => limitIs(length({ prefix: 2, signed: true }), letters, 32_767))
  it('3 bytes, signed: 8 MiB - 1', () =>
    limitIs(length({ prefix: 3, signed: true, maxBytes: 2 ** 40 }), letters, 2 ** 23 - 1))
})

describe('options: nor than it can say of the payload, with all that it counts', () => {
  const kept = (size: number): Uint8Array => {
    const frame = letters(size)
    frame.set([size - 3], 2)
    return frame
  }
  it('2 bytes that count themselves: 65,533', () => limitIs(length({ prefix: 2, counts: 'itself' }), letters, 65_533))
  it('2 bytes that count the frame, with 3 in front and 2 behind: 65,528', () =>
    limitIs(length({ offset: 3, prefix: 2, counts: 'frame', trailer: 2 }), letters, 65_528))
  it('2 bytes to which 6 are added, 6 behind them: 65,535', () =>
    limitIs(length({ prefix: 2, counts: 6, after: 6 }), letters, 65_535))
  it('2 bytes from which 20 are taken: 65,514', () =>
    limitIs(length({ prefix: 2, counts: -20, trailer: 1 }), letters, 65_514))
  it('12 bits: 4,095', () => limitIs(length({ prefix: 2, bits: 12 }), letters, 4095))
  it('1 byte that escapes to 2: 65,535', () => limitIs(length({ prefix: 1, escape: { 255: 2 } }), letters, 65_535))
  it('1 byte that escapes to 2 and counts itself: 65,532', () =>
    limitIs(length({ prefix: 1, escape: { 255: 2 }, counts: 'itself' }), letters, 65_532))
  it('a varint of 2 bytes: 16,383, and 16,381 where it counts itself', () => {
    limitIs(length({ maxVarintBytes: 2 }), letters, 16_383)
    limitIs(length({ maxVarintBytes: 2, counts: 'itself' }), letters, 16_381)
  })
  it('4 digits hex that count themselves: 65,531', () =>
    limitIs(length({ prefix: { ascii: 'hex', digits: 4 }, counts: 'itself' }), letters, 65_531))
  it('3 digits and a mark that count themselves: 995', () =>
    limitIs(length({ prefix: { ascii: 'decimal', digits: 3, end: ':' }, counts: 'itself' }), letters, 995))
  it('1 byte, 2 in front of it kept: 258', () => limitIs(length({ offset: 2, prefix: 1, header: 'keep' }), kept, 258))
  it('a limit is one of frames as they are given out', () => {
    limitIs(length({ offset: 2, prefix: 1, header: 'keep', maxBytes: 100 }), kept, 100)
    limitIs(length({ offset: 2, prefix: 1, counts: 'frame', trailer: 5, maxBytes: 100 }), letters, 100)
  })
})

describe('options: bits beside the length are zero where nobody writes them', () => {
  it('also behind frames whose bytes were in the same memory', () => {
    const codec = length({ prefix: 2, bits: 12 })
    for (let round = 0; round < 50; round++) {
      encode(delimiter('\n'), [letters(100).fill(0xff)])
      assert.deepEqual(encode(codec, [letters(1)]), unhex('0001 61'))
    }
  })
})

describe('options: blocks no larger than the other side of the same codec takes', () => {
  it('the blocks sent follow maxBlockBytes', () => {
    const codec = chunked({ maxBlockBytes: 10 })
    assert.deepEqual(decodeWhole(codec, encode(codec, [letters(25)])).frames, [letters(25)])
  })

  it('larger ones asked for are refused, or cut down', () => {
    let codec: Codec<Uint8Array>
    try {
      codec = chunked({ maxBlockBytes: 10, blockBytes: 20 })
    } catch (error) {
      assert.ok(error instanceof InvalidOptionError)
      return
    }
    assert.equal(decodeWhole(codec, encode(codec, [letters(25)])).fault, undefined)
  })
})

describe('frames: 0', () => {
  for (const codec of [fixed(2), delimiter('\n'), length(), chunked()]) {
    it(`${codec.name}: done before the first read, and nothing is taken`, () => {
      const decoder = codec.decoder({ frames: 0 })
      assert.equal(decoder.done, true)
      decoder.end?.([])
      assert.deepEqual(decoder.rest(), [])
      assert.equal(decoder.held(), 0)
    })
  }
})

describe('where the end of the stream is the end of the frame', () => {
  it('the codec says so, also under text and json, and no other does', () => {
    for (const codec of [close(), halfClose(), text(close()), json(halfClose())]) assert.equal(codec.endIsFrame, true)
    for (const codec of [fixed(1), delimiter('\n'), length(), chunked(), text(delimiter('\n')), json(length())]) {
      assert.notEqual(codec.endIsFrame, true)
    }
  })
})

describe('a delimiter given as text', () => {
  it('is its UTF-8', () => {
    assert.deepEqual(encode(delimiter('→'), [unhex('61')]), unhex('61 e28692'))
  })

  it('given as bytes may be changed afterwards', () => {
    const mark = unhex('0d0a')
    const codec = delimiter(mark)
    mark.fill(0x61)
    assert.deepEqual(encode(codec, [unhex('62')]), unhex('62 0d0a'))
  })
})
