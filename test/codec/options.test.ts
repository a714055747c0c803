/**
 * Options of the codecs: defaults, values that make no sense, limits that a prefix cannot say.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chunked } from '../../lib/codec/chunked.ts'
import { close } from '../../lib/codec/close.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { fixed } from '../../lib/codec/fixed.ts'
import { halfClose } from '../../lib/codec/half-close.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
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
    ['prefix 5', () => length({ prefix: untyped(5) })],
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
    ['json maxDepth -1', () => json(length(), { maxDepth: -1 })]
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
