/**
 * Typed lines: the laws of every codec, the keys that edit, and telnet's commands, all of it however it was cut.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { typedLines } from '../../lib/codec/typed-lines.ts'
import { FrameTooLargeError, UnexpectedEndError } from '../../lib/errors.ts'
import { checkCodec } from '../../lib/laws/check-codec.ts'
import { forAll } from '../laws/settings.ts'

type Typed = string | Uint8Array

/** What the decoder makes of the bytes, cut at these places. */
function read(bytes: Uint8Array, cuts: readonly number[] = [], maxBytes = 64): Typed[] {
  const decoder = typedLines({ maxBytes }).decoder({ onOversize: 'skip' })
  const out: Typed[] = []
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    decoder.push([bytes.subarray(from, cut)], out)
    from = cut
  }
  return out.map((one) => (one instanceof Uint8Array ? new Uint8Array(one) : one))
}

const typed = (...parts: (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))))
const [BS, DEL, WORD, ALL, NUL, IAC] = [8, 0x7f, 0x17, 0x15, 0, 0xff]
const [WILL, WONT, DO, DONT, SB, SE] = [0xfb, 0xfc, 0xfd, 0xfe, 0xfa, 0xf0]

const cases: Record<string, [bytes: Buffer, frames: Typed[]]> = {
  'LF, CRLF, CR NUL and CR end a line; empty lines are none': [
    typed('a\nb\r\nc\r', NUL, 'd\re\n\n\r\n\r', NUL, 'f\n'),
    ['a', 'b', 'c', 'd', 'e', 'f']
  ],
  'BS and DEL take back a character of any width': [
    typed('ho', BS, 'i', BS, DEL, BS, DEL, '\n', 'é€😀', DEL, BS, '\n', 'x€', DEL, BS, 'y\n'),
    ['é', 'y']
  ],
  'with the marks and joiners on it': [
    typed('ae\u0301', DEL, '\n', 'b👩‍👩‍👧', DEL, '\n', 'c👍🏽', DEL, '\n', 'd❤️', DEL, '\n'),
    ['a', 'b', 'c', 'd']
  ],
  '^W takes back a word, ^U all of it': [
    typed('one two  ', WORD, 'three\n', WORD, 'a', WORD, WORD, 'b c', ALL, 'd\n', 'é ü', WORD, '.\n'),
    ['one three', 'd', 'é .']
  ],
  'bytes that are not UTF-8, and their erasure': [typed('a', 0x80, DEL, 0xc3, DEL, 'b', 0xc3, '\n'), ['ab\ufffd']],
  'telnet: every option is refused, a refusal is not answered': [
    typed('x', IAC, DO, 1, IAC, WILL, 10, IAC, WONT, 13, IAC, DONT, 0xff, 'y\n'),
    [Uint8Array.of(IAC, WONT, 1), Uint8Array.of(IAC, DONT, 10), 'xy']
  ],
  'telnet: subnegotiation is skipped, also with an IAC and line ends in it': [
    typed('x', IAC, SB, 24, 0, 10, 13, IAC, IAC, SE, IAC, SE, 'y\n'),
    ['xy']
  ],
  'telnet: EC, EL, IP with its timing mark, AYT, NOP': [
    typed('ab', IAC, 0xf7, 'c\n', 'gone', IAC, 0xf8, 'd\n', 'e', IAC, 0xf4, IAC, DO, 6, IAC, 0xf1, 'f\n', IAC, 0xf6),
    ['ac', 'd', Uint8Array.of(IAC, WONT, 6), 'f', new Uint8Array(Buffer.from('[Yes]\r\n'))]
  ]
}

for (const [name, [bytes, frames]] of Object.entries(cases)) {
  test(name, () => {
    assert.deepEqual(read(bytes), frames)
    for (let cut = 1; cut < bytes.length; cut++) assert.deepEqual(read(bytes, [cut]), frames, `cut at ${cut}`)
    assert.deepEqual(read(bytes, Array.from(bytes.keys())), frames, 'byte by byte')
  })
}

test('cuts make no difference to keys, telnet, garbage and lines that are too long', () => {
  const piece = fc.oneof(
    fc.constantFrom('a', 'é', '😀', '\u0301', ' ', '\n', '\r', 'a long word and more').map((text) => typed(text)),
    fc
      .constantFrom(BS, DEL, WORD, ALL, NUL, IAC, WILL, WONT, DO, DONT, SB, SE, 0xf7, 0xf8, 0x80)
      .map((key) => typed(key))
  )
  const streams = fc.array(piece, { maxLength: 40 }).map((all) => Buffer.concat(all))
  forAll(streams, 300, (bytes) => {
    const whole = read(bytes, [], 24).map(shown)
    assert.deepEqual(read(bytes, Array.from(bytes.keys()), 24).map(shown), whole)
    assert.deepEqual(read(bytes, [bytes.length >> 1], 24).map(shown), whole)
  })
})

function shown(one: unknown): unknown {
  return one instanceof FrameTooLargeError ? [one.size, one.limit, Buffer.from(one.head).toString()] : one
}

test('a line that is too long, one that has no end, and one that was mended in time', () => {
  const mended = typed('x'.repeat(64), BS, BS, 'yz\n')
  assert.deepEqual(read(mended), [`${'x'.repeat(62)}yz`])
  const [error, next] = read(typed('x'.repeat(65), '\nnext\n'))
  assert.ok((error as unknown) instanceof FrameTooLargeError)
  assert.equal(next, 'next')
  assert.throws(
    () =>
      typedLines({ maxBytes: 8 })
        .decoder()
        .push([typed('123456789')], []),
    FrameTooLargeError
  )
  const decoder = typedLines().decoder()
  decoder.push([typed('half a li')], [])
  assert.equal(decoder.held(), 9)
  assert.throws(
    () => decoder.end?.([]),
    (error: unknown) => error instanceof UnexpectedEndError && String(Buffer.from(error.partial)) === 'half a li'
  )
})

test('typed lines obey the laws of codecs', () => {
  const characters = fc.constantFrom('a', 'b', ' ', 'é', '€', '😀', '\t', '\u202e', '\u0301')
  const lines = fc.array(characters, { minLength: 1, maxLength: 12 }).map((all) => all.join(''))
  const codec = (maxBytes: number) => (): ReturnType<typeof typedLines> => typedLines({ maxBytes })
  return checkCodec<Typed>(typedLines, {
    frame: lines,
    small: 'a',
    big: (bytes) => ({ codec: typedLines({ maxBytes: 2 * bytes }), frame: 'x'.repeat(bytes) }),
    refused: ['', 'a\nb', 'a\rb', '\0', 'a\b', 'a\x7f', '\ud800', 'x'.repeat(4097), Uint8Array.of(1)],
    limits: [
      {
        name: 'maxBytes',
        codec: codec(8),
        free: codec(64),
        limit: 8,
        fits: 'x'.repeat(8),
        over: 'x'.repeat(9),
        refusedBy: 9
      }
    ]
  })
})
