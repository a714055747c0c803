/**
 * What encoders do with large payloads and with batches: no copy of what is large, one chunk of what is small.
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
import { join } from '../../lib/laws/bytes.ts'
import { decodeWhole, encodeBatches } from '../../lib/laws/outcome.ts'
import { letters } from '../laws/subjects/framings.ts'

const size = 256 * 1024

describe('encoders: a large payload is passed on by reference', () => {
  const codecs = [
    close(),
    halfClose(),
    fixed(size),
    delimiter('\n', { maxBytes: size }),
    length(),
    length({ prefix: 4 }),
    chunked({ blockBytes: size })
  ]
  for (const codec of codecs) {
    it(codec.name, () => {
      const frame = letters(size)
      const { chunks } = encodeBatches(codec, [[frame]])
      const mine = chunks.filter((chunk) => chunk.buffer === frame.buffer)
      assert.deepEqual(join(mine), frame)
      assert.ok(chunks.length <= 3, `${chunks.length} chunks: a header, the payload, what ends it`)
    })
  }

  it('with the small ones around it in their order', () => {
    const frames = [letters(1), letters(2), letters(size), letters(3), letters(size), letters(0), letters(4)]
    for (const codec of [length(), delimiter('\n', { maxBytes: size }), chunked()]) {
      const { bytes } = encodeBatches(codec, [frames])
      assert.deepEqual(decodeWhole(codec, bytes).frames, frames)
    }
  })
})

describe('encoders: texts of one batch are one chunk', () => {
  const lines = delimiter('\n')
  for (const codec of [text(lines), json(lines)]) {
    it(codec.name, () => {
      const frames = Array.from({ length: 500 }, (_, index) => `answer ${index} é`)
      const { chunks } = encodeBatches(codec, [frames])
      assert.equal(chunks.length, 1)
      assert.deepEqual(decodeWhole(codec, join(chunks)).frames, frames)
    })
  }
})

describe('encoders: what says nothing writes nothing', () => {
  for (const codec of [length(), delimiter('\n'), chunked(), fixed(3), close()]) {
    it(`${codec.name}: an empty batch`, () => assert.equal(encodeBatches(codec, [[], []]).bytes.length, 0))
  }
})
