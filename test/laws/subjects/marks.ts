/**
 * The delimiter framings with all their options, and those that escape their mark, as subjects of the laws. The frames
 * that they carry and what a cut-off one must report, the naive models say.
 */
import fc from 'fast-check'
import { cobs } from '../../../lib/codec/cobs.ts'
import { delimiter } from '../../../lib/codec/delimiter.ts'
import { dotStuffed } from '../../../lib/codec/dot-stuffed.ts'
import { slip } from '../../../lib/codec/slip.ts'
import { join } from '../../../lib/laws/bytes.ts'
import { encode, encodeBatches } from '../../../lib/laws/outcome.ts'
import type { Codec } from '../../../lib/types.ts'
import { unhex, utf8 } from '../bytes.ts'
import { naiveCobs, naiveDots, naiveSlip } from '../models/escaped.ts'
import { type MarksModel, naiveMarks } from '../models/marks.ts'
import { letters } from './framings.ts'
import { cutOffBy, fewer, type Modelled } from './layouts.ts'

type Bytes = Uint8Array
type Shape = Omit<MarksModel, 'maxBytes'>

const most = 100

export function marksSubject(name: string, { marks, ...options }: Shape): Modelled<Bytes> {
  const { keep = false, begin = '', skipEmpty = false } = options
  const make = (maxBytes: number): Codec<Bytes> =>
    delimiter(marks.length === 1 ? marks[0]! : marks, { ...options, maxBytes })
  const model = (maxBytes: number): Codec<Bytes> => naiveMarks({ marks, ...options, maxBytes })
  const [mark] = marks.map(utf8) as [Bytes]
  const whole = (payload: Bytes): Bytes => (keep ? join([utf8(begin), payload, mark]) : payload)
  const around = keep ? begin.length + mark.length : 0
  const parts = fc.oneof(fc.constantFrom(...utf8(marks.join('')), ...utf8(begin), 0x61, 0), fc.nat(255))
  const payloads = fc.array(parts, { maxLength: 24, size: 'max' }).map((bytes) => Uint8Array.from(bytes))
  const carried = (frame: Bytes): boolean => encodeBatches(model(most), [[frame]]).fault === undefined
  const filler = (size: number): Bytes => whole(new Uint8Array(size - around).fill(0x2e))
  const limit = 9 + around
  const longest = Math.max(...marks.map((one) => utf8(one).length))
  const known = limit + begin.length * (keep ? 0 : 1) + (keep ? 0 : longest)
  return {
    name,
    ...fewer,
    codec: () => make(most),
    model: () => model(most),
    frame: payloads.map(whole).filter(carried),
    anything: fc.oneof(payloads, payloads.map(whole), fc.nat(150).map(letters)),
    small: whole(utf8('12345')),
    big: (bytes) => ({ codec: make(bytes), frame: filler(bytes) }),
    cutOff: cutOffBy(() => model(10_000)),
    faults: [
      join([utf8(begin), new Uint8Array(most + longest).fill(0x2e)]),
      ...(begin === '' ? [] : [letters(6).fill(0x2e)])
    ],
    refused: [
      letters(most + 1),
      whole(join([utf8('x'), mark, utf8('y')])),
      ...(keep ? [utf8('x')] : []),
      ...(skipEmpty ? [whole(letters(0))] : [])
    ],
    limits: [
      {
        name: 'maxBytes',
        codec: () => make(limit),
        free: () => make(1000),
        limit,
        fits: filler(limit),
        over: filler(limit + 1),
        refusedBy: Math.min(known, encode(make(1000), [filler(limit + 1)]).length)
      }
    ],
    examples: marks.map((one) => {
      const frame = keep ? utf8(`${begin}12345${one}`) : utf8('12345')
      return { bytes: utf8(`${begin}12345${one}`.repeat(2)), frames: [frame, frame] }
    })
  }
}

interface Escaped {
  name: string
  make: (options: { maxBytes: number }) => Codec<Bytes>
  model: (options: { maxBytes: number }) => Codec<Bytes>
  frame: fc.Arbitrary<Bytes>
  anything: fc.Arbitrary<Bytes>
  filler: (size: number) => Bytes
  faults: readonly Bytes[]
  refused: readonly Bytes[]
}

function escapedSubject({ name, make, model, filler, ...rest }: Escaped): Modelled<Bytes> {
  return {
    ...rest,
    ...fewer,
    name,
    codec: () => make({ maxBytes: most }),
    model: () => model({ maxBytes: most }),
    small: filler(5),
    big: (bytes) => ({ codec: make({ maxBytes: bytes }), frame: filler(bytes) }),
    cutOff: () => ({ phase: 'payload', needed: undefined }),
    limits: [
      {
        name: 'maxBytes',
        codec: () => make({ maxBytes: 9 }),
        free: () => make({ maxBytes: 1000 }),
        limit: 9,
        fits: filler(9),
        over: filler(10),
        refusedBy: encode(make({ maxBytes: 1000 }), [filler(10)]).length
      }
    ]
  }
}

const some = (special: number[], maxLength = 40): fc.Arbitrary<Bytes> =>
  fc
    .array(fc.oneof(fc.constantFrom(...special), fc.nat(255)), { maxLength, size: 'max' })
    .map((bytes) => Uint8Array.from(bytes))
const notEmpty = (bytes: Bytes): boolean => bytes.length > 0
const slips = some([0xc0, 0xdb, 0xdc, 0xdd])

export const slipSubject = escapedSubject({
  name: 'slip',
  make: slip,
  model: naiveSlip,
  frame: slips.filter(notEmpty),
  anything: fc.oneof(slips, fc.nat(150).map(letters)),
  filler: letters,
  faults: [unhex('db61'), unhex('61dbc0'), unhex('dbdb'), letters(201)].map((bytes) =>
    join([bytes, Uint8Array.of(0xc0)])
  ),
  refused: [letters(0), letters(most + 1)]
})

const zeros = fc.oneof(
  some([0, 0, 1]),
  fc.tuple(fc.integer({ min: 250, max: 256 }), some([0])).map(([size, behind]) => join([letters(size), behind]))
)

export const cobsSubject = escapedSubject({
  name: 'cobs',
  make: ({ maxBytes }) => cobs({ maxBytes: maxBytes === most ? 300 : maxBytes }),
  model: ({ maxBytes }) => naiveCobs({ maxBytes: maxBytes === most ? 300 : maxBytes }),
  frame: zeros,
  anything: fc.oneof(zeros, fc.nat(400).map(letters)),
  filler: letters,
  faults: [unhex('05616200'), unhex('ff00'), unhex('016202 00'), letters(305)],
  refused: [letters(301)]
})

const lines = fc
  .array(fc.constantFrom('', '.', '..', 'a', '.a', 'a.', '. ', 'é.'), { maxLength: 6 })
  .map((all) => utf8(all.map((line) => `${line}\r\n`).join('')))
const wild = fc
  .array(fc.constantFrom('\r\n', '.', 'a', '\r', '\n', '.\r\n'), { maxLength: 8 })
  .map((all) => utf8(all.join('')))

export const dotsSubject = escapedSubject({
  name: 'dot-stuffed',
  make: dotStuffed,
  model: naiveDots,
  frame: lines.filter((bytes) => bytes.length <= most),
  anything: fc.oneof(
    lines,
    wild,
    fc.nat(70).map((size) => join([letters(size), utf8('\r\n')]))
  ),
  filler: (size) => join([letters(size - 2), utf8('\r\n')]),
  faults: [utf8('a\nb\r\n.\r\n'), utf8('a\rb\r\n.\r\n'), utf8('a\r\r\n.\r\n'), letters(205)],
  refused: [utf8('a'), utf8('a\n'), utf8('a\r'), utf8('\r'), utf8('a\rb\r\n'), utf8('\n.\r\n'), filledLine(most + 1)]
})

function filledLine(size: number): Bytes {
  return join([letters(size - 2), utf8('\r\n')])
}

/** Every option of a delimiter, and marks that stand in each other's way. */
export const shapes: readonly [name: string, shape: Shape][] = [
  ['CRLF or LF', { marks: ['\r\n', '\n'] }],
  ['LF or CRLF, kept', { marks: ['\n', '\r\n'], keep: true }],
  ['ab or bca or ca', { marks: ['ab', 'bca', 'ca'] }],
  ['aab or ab or ba, kept', { marks: ['aab', 'ab', 'ba'], keep: true }],
  ['VT to FS CR', { marks: ['\x1c\r'], begin: '\x0b', maxGarbageBytes: 5 }],
  ['ab to bc, kept', { marks: ['bc'], begin: 'ab', keep: true, maxGarbageBytes: 5 }],
  ['aa to ab or aab, no empty one', { marks: ['ab', 'aab'], begin: 'aa', skipEmpty: true, maxGarbageBytes: 5 }],
  ['LF, no empty line', { marks: ['\n'], skipEmpty: true }],
  ['CRLF or LF, kept, no empty line', { marks: ['\r\n', '\n'], keep: true, skipEmpty: true }],
  [
    'x to b or xb, kept, no empty one',
    { marks: ['b', 'xb'], begin: 'x', keep: true, skipEmpty: true, maxGarbageBytes: 5 }
  ]
]
