/** What a stream means to each framing, byte for byte. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chunked } from '../../lib/codec/chunked.ts'
import { close } from '../../lib/codec/close.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { explain } from '../../lib/codec/explain.ts'
import { fixed } from '../../lib/codec/fixed.ts'
import { halfClose } from '../../lib/codec/half-close.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { text } from '../../lib/codec/text.ts'
import { InvalidOptionError } from '../../lib/errors.ts'
import type { Codec } from '../../lib/types.ts'

const bytes = (latin1: string): Uint8Array => new Uint8Array(Buffer.from(latin1, 'latin1'))

function explains<F>(codec: Codec<F>, stream: string, rows: string, options?: { maxBytes: number }): void {
  const [name, ...said] = explain(codec, bytes(stream), options).split('\n')
  assert.equal(name, `${codec.name}: ${stream.length} ${stream.length === 1 ? 'byte' : 'bytes'}`)
  assert.deepEqual(said, rows.split('\n').slice(1, -1))
}

describe('explain', () => {
  it('length: a prefix of two bytes, and an end inside a frame', () => {
    explains(
      length({ prefix: 2 }),
      '\x00\x05hello\x00\x05ho',
      `
0000  00 05           frame 1 header
0002  68 65 6c 6c 6f  frame 1 payload  hello
0007  00 05           frame 2 header
0009  68 6f           frame 2 payload  ho
      the stream ends here, in the payload of frame 2: 4 of 7 bytes came
`
    )
  })

  it('length: an end inside a header', () => {
    explains(
      length({ prefix: 4 }),
      '\x00\x00\x00\x00\x00\x00',
      `
0000  00 00 00 00  frame 1 header
0004  00 00        frame 2 header
      the stream ends here, in the header of frame 2: 2 of 4 bytes came
`
    )
  })

  it('length: a prefix of one byte is header, though no error says so, also of an empty frame', () => {
    explains(
      length({ prefix: 1 }),
      '\x02hi\x00\x01\x01\x05',
      `
0000  02     frame 1 header
0001  68 69  frame 1 payload  hi
0003  00     frame 2 header
0004  01     frame 3 header
0005  01     frame 3 payload  .
0006  05     frame 4 header
      the stream ends here, in the payload of frame 4: 1 of 6 bytes came
`
    )
  })

  it('length: varints, with more bytes than they need too', () => {
    explains(
      length(),
      '\x02hi\x00\x83\x00abc\x80',
      `
0000  02        frame 1 header
0001  68 69     frame 1 payload  hi
0003  00        frame 2 header
0004  83 00     frame 3 header
0006  61 62 63  frame 3 payload  abc
0009  80        frame 4 header
      the stream ends here, in the header of frame 4: 1 byte came
`
    )
  })

  it('a fault stands below the byte that made it certain', () => {
    explains(
      length({ prefix: 2, maxBytes: 10 }),
      '\x00\x01a\x00\x0bhello',
      `
0000  00 01           frame 1 header
0002  61              frame 1 payload  a
0003  00 0b           frame 2 header
      at byte 4: length(uint16be): a frame of 11 bytes or more is over the limit of 10 bytes
0005  68 65 6c 6c 6f  not read
`
    )
  })

  it('delimiter: one byte, empty frames', () => {
    explains(
      delimiter('\n'),
      'hello\n\nho\nh',
      `
0000  68 65 6c 6c 6f  frame 1 payload  hello
0005  0a              frame 1 trailer  .
0006  0a              frame 2 trailer  .
0007  68 6f           frame 3 payload  ho
0009  0a              frame 3 trailer  .
000a  68              frame 4 payload  h
      the stream ends here, in the payload of frame 4: 1 byte came
`
    )
  })

  it('delimiter: more than one byte, kept or not', () => {
    const rows = `
0000  68 69  frame 1 payload  hi
0002  0d 0a  frame 1 trailer  ..
0004  0d 0a  frame 2 trailer  ..
`
    explains(delimiter('\r\n'), 'hi\r\n\r\n', rows)
    explains(delimiter('\r\n', { keep: true }), 'hi\r\n\r\n', rows)
  })

  it('fixed', () => {
    explains(
      fixed(3),
      'abcdefg',
      `
0000  61 62 63  frame 1 payload  abc
0003  64 65 66  frame 2 payload  def
0006  67        frame 3 payload  g
      the stream ends here, in the payload of frame 3: 1 of 3 bytes came
`
    )
    explains(
      fixed(1),
      'ab',
      `
0000  61  frame 1 payload  a
0001  62  frame 2 payload  b
`
    )
  })

  it('chunked: each block has a header, and the last is nothing else', () => {
    explains(
      chunked(),
      '\x00\x00\x00\x03abc\x00\x00\x00\x02de\x00\x00\x00\x00\x00\x00\x00\x01a\x00',
      `
0000  00 00 00 03  frame 1 header
0004  61 62 63     frame 1 payload  abc
0007  00 00 00 02  frame 1 header
000b  64 65        frame 1 payload  de
000d  00 00 00 00  frame 1 header
0011  00 00 00 01  frame 2 header
0015  61           frame 2 payload  a
0016  00           frame 2 header
      the stream ends here, in the header of frame 2: 6 bytes came
`
    )
  })

  it('close and half-close: all of it is one frame', () => {
    const rows = `
0000  68 65 6c 6c 6f  frame 1 payload  hello
`
    explains(close(), 'hello', rows)
    explains(halfClose(), 'hello', rows)
  })

  it('text and JSON as the framing below them, and their own faults', () => {
    explains(
      json(delimiter('\n')),
      '{"a":1}\n[1,\n2\n',
      `
0000  7b 22 61 22 3a 31 7d  frame 1 payload  {"a":1}
0007  0a                    frame 1 trailer  .
0008  5b 31 2c 0a           frame 2 payload  [1,.
      at byte 11: json delimiter("\\n"): a frame is not JSON
000c  32 0a                 not read
`
    )
    explains(
      text(length({ prefix: 1 })),
      '\x02\xc3\xa9\x01\xff',
      `
0000  02     frame 1 header
0001  c3 a9  frame 1 payload  ..
0003  01     frame 2 header
0004  ff     frame 2 payload  .
      at byte 4: length(uint8): a frame of 1 bytes is not UTF-8
`
    )
  })

  it('a fault at the end of the stream', () => {
    explains(
      json(halfClose()),
      '[1,',
      `
0000  5b 31 2c  frame 1 payload  [1,
      at the end: json half-close: a frame is not JSON
`
    )
  })

  it('rows of 16 bytes, and no more than maxBytes', () => {
    explains(
      length({ prefix: 2 }),
      `\x00\x40${'x'.repeat(64)}\x00\x05`,
      `
0000  00 40                                            frame 1 header
0002  78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78  frame 1 payload  xxxxxxxxxxxxxxxx
0012  78 78                                                             xx
      ... 48 bytes more, not looked at
`,
      { maxBytes: 20 }
    )
    assert.throws(() => explain(close(), bytes('a'), { maxBytes: 0 }), InvalidOptionError)
  })

  it('changes nothing', () => {
    const buffer = Buffer.from('hi\nho\n')
    explain(delimiter('\n'), buffer)
    assert.equal(buffer.toString(), 'hi\nho\n')
  })

  it('nothing', () => explains(delimiter('\n'), '', '\n'))

  it('4 KiB of anything, in a moment', () => {
    const started = performance.now()
    explain(length({ prefix: 4 }), bytes(`\x00\x00\x20\x00${'x'.repeat(8192)}`))
    explain(text(delimiter('\n', { maxBytes: 10_000 })), bytes('x'.repeat(9000)))
    assert.ok(performance.now() - started < 2000)
  })

  it('a decoder that keeps no promise at all', () => {
    const decoder = { push: () => undefined, end: () => {}, held: () => 0, rest: () => [] }
    const codec = { name: 'mute', decoder: () => decoder, encoder: () => decoder }
    assert.match(explain(codec, bytes('abc')), /^mute: 3 bytes\n0000 {2}61 62 63 {2}frame 1 payload {2}abc$/)
    const wild = { ...codec, decoder: () => ({ ...decoder, push: () => assert.fail('always') }) }
    assert.match(explain(wild, bytes('abc')), /at byte 0: AssertionError: always/)
  })
})
