/**
 * Frames that are whole but wrong inside, as items or as the end of it all; and what goes wrong in the middle of a frame
 * that is passed over.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { chunked } from '../../lib/codec/chunked.ts'
import { close } from '../../lib/codec/close.ts'
import { cobs } from '../../lib/codec/cobs.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { dotStuffed } from '../../lib/codec/dot-stuffed.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { slip } from '../../lib/codec/slip.ts'
import { text } from '../../lib/codec/text.ts'
import { MalformedFrameError } from '../../lib/errors.ts'
import { hex, join } from '../../lib/laws/bytes.ts'
import { cut, cuttings, drip } from '../../lib/laws/cuttings.ts'
import { decode, decodeWhole } from '../../lib/laws/outcome.ts'
import type { Codec, DecoderRun } from '../../lib/types.ts'
import { unhex, utf8 } from '../laws/bytes.ts'
import { forAll } from '../laws/settings.ts'
import { shown } from '../laws/subjects/oversize.ts'

const malformed = 'ERR_MALFORMED_FRAME'

/** The same in one chunk, byte by byte, and byte by byte in one batch. */
function outcomeOf<F>(codec: Codec<F>, bytes: Uint8Array, run: DecoderRun): { items: unknown[]; fault: unknown } {
  const { frames, fault } = decodeWhole(codec, bytes, run)
  for (const batches of [drip(bytes), drip(bytes, true)]) {
    const again = decode(codec, batches, run)
    assert.deepEqual(shown(again.frames), shown(frames))
    assert.deepEqual(again.fault, fault)
  }
  return { items: shown(frames), fault: fault?.code }
}

/** Good frames of each, and whole ones that are wrong inside. */
const wrongInside: { codec: Codec<unknown>; good: unknown; wire: Uint8Array; bad: Uint8Array[] }[] = [
  {
    codec: text(delimiter('\n')) as Codec<unknown>,
    good: 'é',
    wire: utf8('é\n'),
    bad: [unhex('ff0a'), unhex('61c30a')]
  },
  {
    codec: text(delimiter(['\r\n', '\n'])) as Codec<unknown>,
    good: 'é',
    wire: utf8('é\n'),
    bad: [unhex('ff0d0a'), unhex('eda0800a')]
  },
  {
    codec: text(length({ prefix: 2 })) as Codec<unknown>,
    good: '€',
    wire: unhex('0003 e282ac'),
    bad: [unhex('0002 e282')]
  },
  { codec: text(chunked()) as Codec<unknown>, good: '', wire: unhex('00000000'), bad: [unhex('00000001 80 00000000')] },
  { codec: text(slip()) as Codec<unknown>, good: 'a', wire: unhex('61 c0'), bad: [unhex('ff c0'), unhex('db00 c0')] },
  { codec: json(delimiter('\n')), good: [1], wire: utf8('[1]\n'), bad: [utf8('[1\n'), utf8('\n'), unhex('ff0a')] },
  { codec: json(length()), good: {}, wire: unhex('02 7b7d'), bad: [unhex('00'), unhex('01 7b')] },
  {
    codec: slip() as Codec<unknown>,
    good: unhex('db'),
    wire: unhex('dbdd c0'),
    bad: [unhex('db61 c0'), unhex('61db c0'), unhex('dbdb c0')]
  },
  {
    codec: cobs() as Codec<unknown>,
    good: unhex('00'),
    wire: unhex('0101 00'),
    bad: [unhex('0361 00'), unhex('ff 00')]
  },
  {
    codec: dotStuffed() as Codec<unknown>,
    good: utf8('a\r\n'),
    wire: utf8('a\r\n.\r\n'),
    bad: [utf8('\n\r\n.\r\n'), utf8('\r\r\n.\r\n'), utf8('a\rb\r\n.\r\n')]
  }
]

describe('onFault: a whole frame that is wrong inside', () => {
  for (const { codec, good, wire, bad } of wrongInside) {
    const wires = fc.array(fc.constantFrom(wire, wire, ...bad), { maxLength: 6 })

    it(`${codec.name}: item, the error stands in its place and the next frame is a good one`, () => {
      forAll(fc.tuple(wires, cuttings, fc.nat(6)), 40, ([all, cutting, n]) => {
        const bytes = join(all)
        const expected = all.map((one) => (one === wire ? good : malformed))
        const items = (frames: readonly unknown[]): unknown[] =>
          frames.map((item) => (item instanceof MalformedFrameError ? item.code : item))
        for (const batches of [[[bytes]], cut(bytes, cutting), drip(bytes)]) {
          const { frames, fault } = decode(codec, batches, { onFault: 'item' })
          assert.deepEqual(items(frames), expected)
          assert.equal(fault, undefined)
        }
        const some = Math.min(n, all.length)
        const part = decode(codec, cut(bytes, cutting), { onFault: 'item', frames: some })
        assert.deepEqual(items(part.frames), expected.slice(0, some))
        assert.deepEqual(part.rest, join(all.slice(some)))
      })
    })

    it(`${codec.name}: error, it is the end of the stream`, () => {
      for (const one of bad) {
        const { frames, fault } = decodeWhole(codec, join([wire, one, wire]))
        assert.deepEqual(frames, [good])
        assert.equal(fault?.code, malformed)
      }
    })
  }

  it('a fault of the framing is the end all the same', () => {
    for (const [codec, bytes] of [
      [length({ prefix: { ascii: 'decimal', end: ':' } }), utf8('x:')],
      [length({ prefix: 1, trailer: ';' }), utf8('\x01a,')],
      [delimiter('b', { begin: 'a', maxGarbageBytes: 2 }), utf8('xxx')]
    ] as const) {
      assert.equal(outcomeOf(codec, bytes, { onFault: 'item', onOversize: 'skip' }).fault, malformed)
    }
  })

  it('the whole stream: the error is its one item', () => {
    const { items, fault } = outcomeOf(text(close()), unhex('ff'), { onFault: 'item' })
    assert.deepEqual([items, fault], [[malformed], undefined])
  })
})

/** A frame over the limit of 4, wrong inside, and a good one behind it. */
const wrongAndLarge: [codec: Codec<Uint8Array>, wire: Uint8Array, good: Uint8Array, readable: string][] = [
  [slip({ maxBytes: 4 }), unhex('616263646566676869 db00 6a c0'), unhex('62 c0'), hex(utf8('abcdefghi'))],
  [slip({ maxBytes: 4 }), unhex('616263646566676869 db c0'), unhex('62 c0'), hex(utf8('abcdefghi'))],
  [cobs({ maxBytes: 4 }), unhex('09 6162636465666768 05 6162 00'), unhex('0262 00'), `${hex(utf8('abcdefgh'))}006162`],
  [dotStuffed({ maxBytes: 4 }), utf8('..abcdefgh\r\nx\ny\r\n.\r\n'), utf8('b\r\n.\r\n'), hex(utf8('.abcdefgh\r\nx'))]
]

describe('a frame that is over the limit and wrong inside', () => {
  for (const [codec, wire, good, readable] of wrongAndLarge) {
    const bytes = join([good, wire, good])
    const b = codec.name === 'dot-stuffed' ? '620d0a' : '62'

    it(`${codec.name} ${hex(wire)}: ends the stream, or is an item and the next frame a good one`, () => {
      for (const onOversize of ['skip', 'truncate'] as const) {
        assert.deepEqual(outcomeOf(codec, bytes, { onOversize }), { items: [b], fault: malformed })
        const { items, fault } = outcomeOf(codec, bytes, { onOversize, onFault: 'item' })
        assert.deepEqual([items, fault], [[b, malformed, b], undefined])
      }
    })

    it(`${codec.name} ${hex(wire)}: in parts it ends the stream behind what could be read: nothing can be taken back`, () => {
      for (const onFault of ['error', 'item'] as const) {
        const { items, fault } = outcomeOf(codec, bytes, { onOversize: 'body', onFault })
        assert.deepEqual(items, [b, { begin: undefined, header: undefined, data: readable }])
        assert.equal(fault, malformed)
      }
    })
  }
})

describe('a fault of the framing in the middle of a frame that is passed over', () => {
  const http = length({
    prefix: { ascii: 'hex', end: '\r\n' },
    trailer: '\r\n',
    maxBytes: 4,
    fragments: { last: 'zero', trailerLines: true, blockBytes: 4 }
  })
  const marked = length({ offset: 'X', prefix: 1, maxBytes: 4, fragments: { last: 'zero' } })
  const faults: [what: string, codec: Codec<Uint8Array>, wire: Uint8Array, data: string][] = [
    ['another trailer', length({ prefix: 1, trailer: '\r\n', maxBytes: 4 }), utf8('\x05abcde\r\r'), 'abcde'],
    ['another end of a block', http, utf8('3\r\nabc\r\n3\r\ndef\n'), 'abcdef'],
    ['no number of a block', http, utf8('3\r\nabc\r\n3\r\ndef\r\n-1\r\n'), 'abcdef'],
    ['a lone LF in the trailer lines', http, utf8('3\r\nabc\r\n3\r\ndef\r\n0\r\na: b\n'), 'abcdef'],
    ['another beginning of a block', marked, utf8('X\x03abcX\x03defY\x00'), 'abcdef']
  ]
  for (const [what, codec, wire, data] of faults) {
    it(`${what}: ends the stream, at the same byte in every cutting`, () => {
      for (const onFault of ['error', 'item'] as const) {
        for (const onOversize of ['skip', 'truncate'] as const) {
          assert.deepEqual(outcomeOf(codec, wire, { onOversize, onFault }), { items: [], fault: malformed })
        }
        const { items, fault } = outcomeOf(codec, wire, { onOversize: 'body', onFault })
        assert.deepEqual(
          (items as { data: string }[]).map((item) => item.data),
          [hex(utf8(data))]
        )
        assert.equal(fault, malformed)
      }
    })
  }
})

describe('blocks over their own limits', () => {
  const codec = length({ prefix: 1, maxBytes: 100, fragments: { last: 'zero', maxBlockBytes: 3, maxBlocks: 2 } })
  const good = unhex('01 62 00')
  const message = join([good, utf8('\x02ab\x04cdef\x01g'), unhex('00'), good])
  const crowded = join([good, utf8('\x02ab\x02cd\x01e'), unhex('00'), good])

  it('skip: the error speaks of the block, or of how many there are', () => {
    const head = (data: string): string => hex(utf8(data))
    assert.deepEqual(outcomeOf(codec, message, { onOversize: 'skip' }).items, [
      '62',
      { size: 4, limit: 3, unit: 'bytes', head: head('abcdefg') },
      '62'
    ])
    const block = decodeWhole(codec, message, { onOversize: 'skip' }).frames[1] as unknown as Error
    assert.match(block.message, /block: a frame of 4 bytes/)
    assert.deepEqual(outcomeOf(codec, crowded, { onOversize: 'skip' }).items, [
      '62',
      { size: 3, limit: 2, unit: 'blocks', head: head('abcde') },
      '62'
    ])
  })

  it('truncate: as much of the message as its limit in bytes allows; body: all of it', () => {
    for (const [bytes, data] of [
      [message, 'abcdefg'],
      [crowded, 'abcde']
    ] as const) {
      const whole = hex(utf8(data))
      assert.deepEqual(outcomeOf(codec, bytes, { onOversize: 'truncate' }).items, ['62', whole, '62'])
      const body = { begin: undefined, header: undefined, data: whole }
      assert.deepEqual(outcomeOf(codec, bytes, { onOversize: 'body' }).items, ['62', body, 'end', '62'])
    }
  })
})
