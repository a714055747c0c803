/**
 * Pickles by hand: what each opcode gives, what is refused and by which name, what a hostile one may cost.
 * What Python itself writes is in test/peers/python.test.ts.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ByteArray,
  FrozenSet,
  fromPickle,
  PickleRefusedError,
  type PlainValue,
  parseLiteral,
  pickle,
  repr,
  Tuple,
  toPickle
} from '../../lib/codec/presets/pickle.ts'
import { FrameRefusedError, length, MalformedFrameError } from '../../lib/index.ts'
import { checkCodec } from '../../lib/laws/index.ts'

const bytes = (latin1: string): Uint8Array => Uint8Array.from(Buffer.from(latin1, 'latin1'))

/** What no protocol of today writes for these values, beside what Python does. */
const vectors: Record<string, string> = {
  'I42\n.': '42',
  'I01\n.': 'True',
  'I00\n.': 'False',
  'L-7L\n.': '-7',
  'L7\n.': '7',
  'F1e3\n.': '1000.0',
  'F-inf\n.': '-inf',
  'Va\\u005cb\\U0001f600\xe9\n.': "'a\\\\b😀é'",
  "S'it\\'s \\x41\\n'\n.": '"it\'s A\\n"',
  'T\x03\x00\x00\x00abc.': "'abc'",
  'U\x01a.': "'a'",
  '\x8a\x00.': '0',
  '\x8b\x02\x00\x00\x00\x00\x80.': '-32768',
  '\x8d\x01\x00\x00\x00\x00\x00\x00\x00a.': "'a'",
  '\x8e\x01\x00\x00\x00\x00\x00\x00\x00a.': "b'a'",
  '(I1\nI2\nl.': '[1, 2]',
  '(K\x01K\x02d.': '{1: 2}',
  'K\x01(K\x021.': '1',
  'K\x01K\x020.': '1',
  'K\x012\x86.': '(1, 1)',
  '(K\x01K\x020t.': '(1,)',
  'K\x05p9\n0g9\n.': '5',
  'K\x05r\xff\xff\xff\x7f0j\xff\xff\xff\x7f.': '5',
  '\x80\x02c__builtin__\nset\n]K\x01a\x85R.': '{1}',
  'cbuiltins\nbytearray\n)R.': "bytearray(b'')",
  'c_codecs\nencode\n(X\x02\x00\x00\x00\xc3\xbfX\x06\x00\x00\x00latin1tR.': "b'\\xff'"
}

test('what each opcode gives', () => {
  for (const [written, shown] of Object.entries(vectors)) {
    assert.equal(repr(fromPickle(bytes(written))), shown, JSON.stringify(written))
  }
})

/** Opcode, what it wants, and the pickle. */
const refused: [opcode: string, wanted: string, written: string][] = [
  ['GLOBAL', 'posix.system', 'cposix\nsystem\n(Vtouch x\ntR.'],
  ['GLOBAL', 'builtins.eval', '\x80\x03cbuiltins\neval\n.'],
  ['GLOBAL', '"__builtin__.set\\u001b"', 'c__builtin__\nset\x1b\n.'],
  ['STACK_GLOBAL', 'os.system', '\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.'],
  ['INST', 'an object of os.system', '(Vx\nios\nsystem\n.'],
  ['OBJ', 'to make an object of a class', '(cbuiltins\nset\no.'],
  ['NEWOBJ', 'to make an object of a class', 'cbuiltins\nset\n)\x81.'],
  ['NEWOBJ_EX', 'to make an object of a class', 'cbuiltins\nset\n)}\x92.'],
  ['BUILD', 'to set the state of an object', '](I1\nlb.'],
  ['PERSID', 'the outside object "some thing"', 'Psome thing\n.'],
  ['BINPERSID', 'an outside object', 'NQ.'],
  ['EXT1', 'a name from the extension registry', '\x82\x01.'],
  ['EXT2', 'a name from the extension registry', '\x83\x01\x00.'],
  ['EXT4', 'a name from the extension registry', '\x84\x01\x00\x00\x00.'],
  ['NEXT_BUFFER', 'bytes from outside of the pickle', '\x80\x05\x97.'],
  ['READONLY_BUFFER', 'bytes from outside of the pickle', '\x80\x05\x98.'],
  ['REDUCE', 'a call of something that is no name', ']]\x85R.'],
  [
    'REDUCE',
    'builtins.bytearray called with other arguments than Python writes',
    'cbuiltins\nbytearray\nJ\x00\x00\x00\x7f\x85R.'
  ],
  ['REDUCE', 'builtins.bytes called with other arguments than Python writes', 'cbuiltins\nbytes\nK\x05\x85R.'],
  ['REDUCE', '_codecs.encode called with other arguments than Python writes', 'c_codecs\nencode\nVx\nVrot13\n\x86R.']
]

test('what would import or call is refused by name', () => {
  for (const [opcode, wanted, written] of refused) {
    assert.throws(
      () => fromPickle(bytes(written)),
      (error) => {
        assert.ok(error instanceof PickleRefusedError, `${opcode}: ${String(error)}`)
        assert.deepEqual([error.opcode, error.wanted], [opcode, wanted])
        assert.match(
          error.message,
          /^pickle: refused: [A-Z_0-9]+ at byte \d+ wants [^\n]+, and only plain values are read$/
        )
        return true
      }
    )
  }
})

const nested = (depth: number): string => `${']'.repeat(depth)}${'a'.repeat(depth - 1)}.`
/** Ten of what was said before, six times over, and all of it in a few bytes. */
const laughs = `Nq\x000${Array.from({ length: 6 }, (_, n) => `(${`h${String.fromCharCode(n)}`.repeat(10)}tq${String.fromCharCode(n + 1)}0`).join('')}h\x06.`

const wrong: Record<string, [written: string, message: RegExp]> = {
  'no bytes': ['', /the beginning at byte 0: it ends inside an opcode/],
  'no end': ['N', /NONE at byte 1|it ends inside an opcode/],
  'an unknown opcode': ['\xff.', /0xff at byte 0: which no protocol has/],
  'more than one value': ['NN.', /other than one value/],
  'bytes behind it': ['N.N', /STOP at byte 1: with 1 bytes behind it/],
  'a version of tomorrow': ['\x80\x06N.', /version 6/],
  'a frame that is cut': ['\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N.', /a frame of 255 bytes, of which 2/],
  'a length bomb': ['B\xff\xff\xff\xffx.', /4294967295 bytes announced and 2 there/],
  'an endless length': ['\x8e\xff\xff\xff\xff\xff\xff\xff\xffx.', /bytes announced/],
  'a negative length': ['T\xff\xff\xff\xffx.', /a length of -1/],
  'a number of too many digits': [`I${'9'.repeat(5000)}\n.`, /5000 digits/],
  'a number that is none': ['I1_0\n.', /where a number should stand/],
  'a float that is none': ['F1,5\n.', /no float/],
  'text that is not UTF-8': ['X\x02\x00\x00\x00\xc3\x28.', /not UTF-8/],
  'two surrogates that Python keeps apart': ['X\x06\x00\x00\x00\xed\xa0\xbd\xed\xb8\x80.', /side by side/],
  'Python 2 text beyond ASCII': ['U\x01\xff.', /not ASCII/],
  'a memo that was never put': ['h\x07.', /memo 7/],
  'an empty stack': ['0.', /stack empty/],
  'a pop through a mark': ['N(\x85.', /stack empty/],
  'a copy through a mark': ['N(21.', /stack empty/],
  'no mark': ['Nt.', /no mark/],
  'append to a tuple': [')Na.', /no list/],
  'a key without a value': ['}(Nu.', /a key without a value/],
  'a list as a key': ['}]Ns.', /a list as a key/],
  'a list in a set': ['\x8f(]\x90.', /a list as a key or in a set/],
  'a list in a tuple in a set': ['\x8f(]\x85\x90.', /a tuple with something mutable in it/],
  'a value that contains itself': [']q\x00h\x00a.', /contains itself/],
  'a class among values': ['](cbuiltins\nset\ne.', /the name builtins\.set, which is no plain value/],
  'too deep': [nested(65), /nested deeper than 64/],
  laughs: [laughs, /more than 262144 values/],
  'more escapes than text': [`(${`V${'\\u0041'.repeat(65_537)}\n`.repeat(4)}t.`, /more than 262144 escapes or lone/],
  'more lone surrogates than text': [
    `X\x03\x00\x0c\x00${'\xed\xa0\x80'.repeat(262_145)}.`,
    /more than 262144 escapes or lone surrogates/
  ],
  'one text encoded again and again': [
    `X\x00\x10\x00\x00${'x'.repeat(4096)}q\x000(${'c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R'.repeat(3)}t.`,
    /calls that make more than what was sent/
  ]
}

test('numbers that Python reads in another way, or not at all, are refused', () => {
  for (const text of ['010', '-010', '000', '-0', '-00', '007']) {
    for (const written of [`I${text}\n.`, `L${text}\n.`, `L${text}L\n.`]) {
      assert.throws(() => fromPickle(bytes(written)), /where a number should stand/, written)
    }
  }
  assert.throws(() => fromPickle(bytes('F1e400\n.')), /"1e400" is no float/)
  assert.equal(repr(fromPickle(bytes('(I0\nL0L\nL-12\nI00\nI01\nt.'))), '(0, 0, -12, False, True)')
})

test('what is no pickle of plain values is told in one line', () => {
  for (const [what, [written, message]] of Object.entries(wrong)) {
    assert.throws(
      () => fromPickle(bytes(written)),
      (error) => error instanceof MalformedFrameError && message.test(error.message) && !error.message.includes('\n'),
      what
    )
  }
  const inside = Array.from({ length: 40 }).reduce<PlainValue>((inner) => [inner], null)
  const shared = Array.from({ length: 40 }).reduce<PlainValue>((inner) => [inner], inside)
  assert.throws(() => toPickle([inside, shared]), /nested deeper than 64/, 'deep by what is shared')
  assert.equal(repr(fromPickle(bytes(nested(64)))), '['.repeat(64) + ']'.repeat(64))
})

test('a flood of one opcode is ended by its steps, before it fills the memory', () => {
  for (const sign of ['(', ']', 'N', '2', '\x94']) {
    const flood = bytes(`N${sign.repeat(5000)}`)
    assert.throws(() => fromPickle(flood, { maxValues: 1000 }), /more than 4000 steps/, sign)
  }
})

test('what is shared stays shared', () => {
  const shared: PlainValue[] = [1n]
  const read = fromPickle(toPickle([shared, shared])) as PlainValue[]
  assert.equal(read[0], read[1])
})

test('an encoder refuses what no reader would take', () => {
  const loop: PlainValue[] = []
  loop.push(loop)
  const foreign = [
    undefined,
    Symbol('x'),
    new Date(0),
    { a: 1 },
    [new Map([[[], 1n]])],
    loop
  ] as unknown as PlainValue[]
  for (const value of foreign) assert.throws(() => toPickle(value), FrameRefusedError, String(value).slice(0, 20))
  assert.throws(() => toPickle([[[]]], { maxDepth: 2 }), /nested deeper than 2/)
  assert.throws(() => toPickle([1n, 2n], { maxValues: 2 }), /more than 2 values/)
})

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("'", '"', '\\', '\n', '\ud800', '\udc00', '\u202e'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
  )
})
const { value: anyValue } = fc.letrec<{ value: PlainValue; key: PlainValue }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(null, true, false),
    fc.bigInt(-(2n ** 80n), 2n ** 80n),
    fc.double().filter((number) => !Object.is(number, -0)),
    text,
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('key'), { maxLength: 3 }).map((items) => new Tuple(items)),
    fc.array(tie('key'), { maxLength: 3 }).map((items) => new FrozenSet(items))
  ),
  value: fc.oneof(
    { maxDepth: 3 },
    tie('key'),
    fc.constant(-0),
    fc.bigInt(-(2n ** 3000n), 2n ** 3000n),
    fc.uint8Array({ maxLength: 5 }).map((inside) => new ByteArray(inside)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new Tuple(items)),
    fc.array(fc.tuple(tie('key'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('key'), { maxLength: 4 }).map((items) => new Set(items))
  )
}))

test('any value comes back as it was, from its pickle and from its text', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      assert.deepEqual(fromPickle(toPickle(value)), value)
      const read = parseLiteral(repr(value))
      assert.equal(read === undefined ? undefined : repr(read), repr(value))
    }),
    { numRuns: 300 }
  )
})

test('any JSON text is a value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.notEqual(parseLiteral(JSON.stringify(value)), undefined)
      assert.notEqual(parseLiteral(JSON.stringify(value, null, 2)), undefined)
    }),
    { numRuns: 100 }
  )
  assert.deepEqual(parseLiteral('[12345678901234567890, 1.0, "\\ud83d\\ude00"]'), [12345678901234567890n, 1, '😀'])
  for (const words of ['hello', '[1, 2', '1 2', '(', "'", '1.2.3', '2012-08-15', 'set(1)', '{1: 2, 3}', '']) {
    assert.equal(parseLiteral(words), undefined, words)
  }
})

test('damaged bytes are malformed frames and nothing else', () => {
  const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() })
  fc.assert(
    fc.property(anyValue, fc.array(damage, { maxLength: 3 }), (value, all) => {
      let damaged = toPickle(value)
      for (const { at, byte, cut } of all) {
        const place = at % damaged.length
        if (cut && place > 0) damaged = damaged.slice(0, place)
        else damaged[place] = byte
      }
      try {
        repr(fromPickle(damaged))
      } catch (error) {
        assert.ok(error instanceof MalformedFrameError, String(error))
      }
    }),
    { numRuns: 1000 }
  )
})

test('it is a codec like any other', async () => {
  // The laws look again at what they copied, and know no classes of ours.
  const frame = fc.oneof(text, fc.bigInt(), fc.array(fc.uint8Array()), fc.constant(null))
  const options = { frame, numRuns: 10 }
  await checkCodec(pickle(length({ prefix: 4 })), options)
  const { decoder } = pickle(length({ prefix: 1 }))
  const out: unknown[] = []
  decoder({ onFault: 'item' }).push([bytes('\x01.\x03K\x05.')], out as PlainValue[])
  assert.ok(out[0] instanceof MalformedFrameError)
  assert.equal(out[1], 5n)
})
