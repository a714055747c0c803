/**
 * JSON's own: how deep values may nest on both sides, what a bracket in a string is, and what is kept of the cause.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { FrameRefusedError, MalformedFrameError } from '../../lib/errors.ts'
import { join } from '../../lib/laws/bytes.ts'
import { decodeWhole, encode, encodeBatches } from '../../lib/laws/outcome.ts'
import { utf8 } from '../laws/bytes.ts'
import { nested } from '../laws/subjects/values.ts'

const lines = json(delimiter('\n'))

function read(text: string): unknown {
  const { frames, fault } = decodeWhole(lines, utf8(`${text}\n`))
  assert.equal(fault, undefined, fault?.message)
  return frames[0]
}

describe('json', () => {
  it('64 levels are read and written, 65 are not', () => {
    const deepest = nested(64)
    assert.deepEqual(read(JSON.stringify(deepest)), deepest)
    assert.deepEqual(encode(lines, [deepest]), utf8(`${JSON.stringify(deepest)}\n`))
    assert.equal(decodeWhole(lines, utf8(`${JSON.stringify(nested(65))}\n`)).fault?.code, 'ERR_MALFORMED_FRAME')
    assert.equal(encodeBatches(lines, [[nested(65)]]).fault?.code, 'ERR_FRAME_REFUSED')
  })

  it('levels are those of objects and arrays together, and side by side does not count', () => {
    const three = json(delimiter('\n'), { maxDepth: 3 })
    const wide = { a: [{}, {}, [], []], b: [[], {}] }
    assert.deepEqual(decodeWhole(three, encode(three, [wide])).frames, [wide])
    assert.equal(decodeWhole(three, utf8('{"a":[{"b":[]}]}\n')).fault?.code, 'ERR_MALFORMED_FRAME')
  })

  it('brackets in strings are text, also behind an escaped quote', () => {
    const value = { '[[[{': `${'['.repeat(100)}"${'{'.repeat(100)}\\` }
    assert.deepEqual(read(JSON.stringify(value)), value)
    const one = json(delimiter('\n'), { maxDepth: 1 })
    assert.equal(decodeWhole(one, utf8('["\\\\",[]]\n')).fault?.code, 'ERR_MALFORMED_FRAME')
  })

  it('a key __proto__ is a key and no prototype', () => {
    const value = read('{"__proto__":{"admin":true}}') as Record<string, unknown>
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.deepEqual(Object.keys(value), ['__proto__'])
    assert.equal(value.admin, undefined)
  })

  it('what JSON cannot say is refused behind the good values', () => {
    const circle: unknown[] = []
    circle.push(circle)
    for (const value of [undefined, circle, 1n, () => 1, Symbol.iterator]) {
      const { bytes, fault } = encodeBatches(lines, [[1, value, 2]])
      assert.equal(fault?.code, 'ERR_FRAME_REFUSED')
      assert.deepEqual(bytes, utf8('1\n'))
    }
  })

  it('the cause is kept: the parser on reading, the serializer on writing, the text decoder', () => {
    const thrown = (run: () => void): Error => {
      try {
        run()
      } catch (error) {
        if (error instanceof Error) return error
      }
      return assert.fail('nothing was thrown')
    }
    const bad = thrown(() => lines.decoder().push([utf8('{"a":}\n')], []))
    assert.ok(bad instanceof MalformedFrameError && bad.cause instanceof SyntaxError)
    const circle: unknown[] = []
    circle.push(circle)
    const refused = thrown(() => lines.encoder().push([circle], []))
    assert.ok(refused instanceof FrameRefusedError && refused.cause instanceof TypeError)
    const noText = thrown(() => lines.decoder().push([Uint8Array.of(0x22, 0xff, 0x22, 0x0a)], []))
    assert.ok(noText instanceof MalformedFrameError && noText.cause instanceof Error)
  })

  it('a value with a line break in it stays one line', () => {
    const bytes = encode(lines, [{ 'a\nb': '\n' }, '\r\n'])
    assert.equal(bytes.filter((byte) => byte === 0x0a).length, 2)
    assert.deepEqual(decodeWhole(lines, bytes).frames, [{ 'a\nb': '\n' }, '\r\n'])
  })

  it('works in any framing of bytes', () => {
    const codec = json(length({ prefix: 2 }))
    assert.deepEqual(encode(codec, [[]]), join([Uint8Array.of(0, 2), utf8('[]')]))
  })
})
