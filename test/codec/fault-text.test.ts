/**
 * Frames over the limit under text and JSON: what stands in their place passes, and what was cut at the limit is text.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { slip } from '../../lib/codec/slip.ts'
import { text } from '../../lib/codec/text.ts'
import { MalformedFrameError } from '../../lib/errors.ts'
import { hex } from '../../lib/laws/bytes.ts'
import { decodeWhole } from '../../lib/laws/outcome.ts'
import type { DecoderRun } from '../../lib/types.ts'
import { unhex, utf8 } from '../laws/bytes.ts'
import { shown } from '../laws/subjects/oversize.ts'

describe('text and JSON let pass what stands in the place of a frame', () => {
  const tooLarge = { size: 6, limit: 4, unit: 'bytes', head: hex(utf8('"aaaa"')) }
  for (const [codec, bytes] of [
    [json(delimiter('\n', { maxBytes: 4 })), utf8('1\n"aaaa"\n2\n')],
    [json(length({ prefix: 1, maxBytes: 4 })), utf8('\x011\x06"aaaa"\x012')],
    [json(slip({ maxBytes: 4 })), unhex('31 c0 226161616122 c0 32 c0')]
  ] as const) {
    it(codec.name, () => {
      const items = (run: DecoderRun): unknown[] => decodeWhole(codec, bytes, run).frames.slice(1, -1)
      assert.deepEqual(shown(items({ onOversize: 'skip' })), [tooLarge])
      assert.deepEqual(
        items({ onOversize: 'truncate', onFault: 'item' }).map((item) => item instanceof MalformedFrameError),
        [true]
      )
      const [begin, ...parts] = shown(items({ onOversize: 'body' }))
      assert.deepEqual([(begin as { data: string }).data, parts], [tooLarge.head, ['end']])
    })
  }
})

describe('text that is cut at the limit', () => {
  it('loses the character that the limit cuts in two, and nothing else', () => {
    for (const codec of [text(delimiter('\n', { maxBytes: 5 })), text(delimiter(['\n', '\r'], { maxBytes: 5 }))]) {
      const { frames } = decodeWhole(codec, utf8('abcdé!\nabcdef\na😀b\néé!\n'), { onOversize: 'truncate' })
      assert.deepEqual(frames, ['abcd', 'abcde', 'a😀', 'éé!'])
    }
  })

  it('and is a fault where it was no text in front of the limit', () => {
    const codec = text(length({ prefix: 1, maxBytes: 3 }))
    const { frames } = decodeWhole(codec, unhex('04 61ff6161 01 62'), { onOversize: 'truncate', onFault: 'item' })
    assert.ok((frames[0] as unknown) instanceof MalformedFrameError)
    assert.deepEqual(frames.slice(1), ['b'])
  })
})
