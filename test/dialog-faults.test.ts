/**
 * A dialog and frames that are wrong: exactly such a frame is taken, however the bytes were cut, and what is behind it is
 * read as if it had come later. Where nobody can know its end, every later read says so.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chunked } from '../lib/codec/chunked.ts'
import { httpChunked } from '../lib/codec/presets/http-chunked.ts'
import {
  type Codec,
  close,
  collect,
  delimiter,
  dialog,
  dotStuffed,
  FrameTooLargeError,
  InvalidOptionError,
  json,
  length,
  MalformedFrameError,
  memoryPair,
  PeerError,
  pipe,
  slip,
  text,
  UnexpectedEndError
} from '../lib/index.ts'
import { turn, within } from './support/wait.ts'

const line = text(delimiter('\n'))

function bytes(latin1: string): Uint8Array {
  return new Uint8Array(Buffer.from(latin1, 'latin1'))
}

function* cut(whole: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  const borders = [...new Set([0, ...cuts.map((at) => at % whole.length), whole.length])].sort((a, b) => a - b)
  for (const [index, from] of borders.entries()) yield whole.subarray(from, borders[index + 1] ?? from)
}

/** A dialog with a peer that says these pieces one by one, each in a turn of its own, and then ends or stays. */
function hearing(pieces: Iterable<Uint8Array>, { stays = false } = {}) {
  const [client, server] = memoryPair()
  const peer = dialog(client)
  const said = (async () => {
    for (const piece of pieces) {
      await peer.write(piece)
      await turn()
    }
    if (!stays) peer.end()
  })()
  return { talk: dialog(server), server, client, peer, said }
}

interface Wrong {
  name: string
  codec: Codec<unknown>
  /** One bad frame. */
  bad: string
  error: new (...fields: never[]) => PeerError
  /** Good frames behind it, and what they are read as. */
  behind: string
  good: unknown
}

const recoverable: Wrong[] = [
  { name: 'no UTF-8', codec: line, bad: '\xff\n', error: MalformedFrameError, behind: 'A\n', good: 'A' },
  { name: 'no JSON', codec: json(delimiter('\n')), bad: '{]\n', error: MalformedFrameError, behind: '7\n', good: 7 },
  {
    name: 'a line too long',
    codec: text(delimiter('\r\n', { maxBytes: 3 })),
    bad: 'too long\r\n',
    error: FrameTooLargeError,
    behind: 'A\r\n',
    good: 'A'
  },
  {
    name: 'a message too long',
    codec: text(length({ prefix: 2, maxBytes: 3 })),
    bad: '\0\x04long',
    error: FrameTooLargeError,
    behind: '\0\x01A',
    good: 'A'
  },
  {
    name: 'blocks too long',
    codec: text(chunked({ maxBytes: 3 })),
    bad: '\0\0\0\x02ab\0\0\0\x02cd\0\0\0\0',
    error: FrameTooLargeError,
    behind: '\0\0\0\x01A\0\0\0\0',
    good: 'A'
  },
  {
    name: 'a bad escape',
    codec: text(slip()),
    bad: 'x\xdby\xc0',
    error: MalformedFrameError,
    behind: 'A\xc0',
    good: 'A'
  },
  {
    name: 'a lone CR',
    codec: text(dotStuffed()),
    bad: 'x\ry\r\n.\r\n',
    error: MalformedFrameError,
    behind: 'A\r\n.\r\n',
    good: 'A\r\n'
  }
]

for (const { name, codec, bad, error, behind, good } of recoverable) {
  test(`what is behind a frame that is wrong (${name}) is read, however the bytes are cut`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(64), { maxLength: 6 }), async (cuts) => {
        const { talk, said } = hearing(cut(bytes(bad + behind + bad + behind), cuts))
        await assert.rejects(talk.next(codec), error)
        assert.deepEqual(await within(talk.next(codec), 'the frame behind', 2_000), good)
        await assert.rejects(talk.next(codec), error)
        assert.equal(Buffer.from(await talk.read(behind.length)).toString('latin1'), behind)
        assert.equal(await talk.next(codec), undefined)
        await said
      }),
      { numRuns: 40 }
    )
  })

  test(`a dialog is detached behind a frame that is wrong (${name})`, async () => {
    const { talk, said } = hearing(cut(bytes(`${bad}tail`), [3, 5]))
    await assert.rejects(talk.next(codec), error)
    const rest = await pipe(talk.detach(), collect())
    assert.equal(Buffer.concat(rest).toString(), 'tail')
    await said
  })
}

const hopeless: [name: string, codec: Codec<unknown>, wire: string][] = [
  ['no begin mark', delimiter('\x03', { begin: '\x02', maxGarbageBytes: 2 }), 'garbage\x02A\x03'],
  ['a length that is no number', httpChunked(), 'zz\r\nA\r\n'],
  ['a size that nobody would skip', length({ prefix: 4, maxBytes: 9 }), '\xff\xff\xff\xffA'],
  ['a size that nobody would skip, inside another codec', json(length({ prefix: 4, maxBytes: 9 })), '\x7f\xff\xff\xffA']
]

for (const [name, codec, wire] of hopeless) {
  test(`where nobody knows the end of a frame that is wrong (${name}) every later read says so`, async () => {
    const { talk, said, server } = hearing([bytes(wire)], { stays: true })
    await said
    const error = await talk.next(codec).catch((reason: unknown) => reason)
    assert.ok(error instanceof PeerError, String(error))
    if (error instanceof FrameTooLargeError) assert.equal(error.limit, 9, 'the limit of the codec')
    for (const read of [() => talk.next(codec), () => talk.next(line), () => talk.read(1), () => talk.read(0)]) {
      await assert.rejects(within(read(), 'a read', 2_000), (reason) => reason === error)
    }
    assert.equal(talk.unreadBytes, wire.length, 'the frame is still there for whoever comes next')
    talk.detach()
    const first = await server.source[Symbol.asyncIterator]().next()
    assert.equal(Buffer.concat(first.value).toString('latin1'), wire)
    server.abort()
  })
}

test('the reader of a frame chooses what becomes of a wrong one, as for a decode stage', async () => {
  const short = text(delimiter('\n', { maxBytes: 3 }))
  const { talk, said } = hearing(cut(bytes('\xff\ntoo long\ntoo long\nB\n'), [1, 5, 9, 14]))
  const bad: string | PeerError | undefined = await talk.next(short, { onFault: 'item' })
  assert.ok(bad instanceof MalformedFrameError)
  const long: string | PeerError | undefined = await talk.next(short, { onOversize: 'skip' })
  assert.ok(long instanceof FrameTooLargeError)
  assert.deepEqual([Buffer.from(long.head).toString(), long.size, long.limit], ['too long', 8, 3])
  const cutOff: string | undefined = await talk.next(short, { onOversize: 'truncate' })
  assert.equal(cutOff, 'too')
  assert.equal(await talk.next(short, { onOversize: 'skip', onFault: 'item' }), 'B')
  assert.equal(await talk.next(short, { onOversize: 'skip' }), undefined)
  await said
})

test('options that no dialog has are refused, and nothing is read', async () => {
  const { talk, said } = hearing([bytes('A\n')])
  // @ts-expect-error a body in parts is for a pipeline
  await assert.rejects(talk.next(line, { onOversize: 'body' }), InvalidOptionError)
  for (const options of [
    { onOversize: 'skipp' },
    { onFault: 'skip' },
    { maxBodyBytes: -1 },
    { frameMs: 0 },
    { maxBytes: 5 }
  ]) {
    await assert.rejects(talk.next(line, options as Record<never, never>), InvalidOptionError)
  }
  assert.equal(await talk.next(line), 'A')
  await said
})

test('a frame over the limit is not kept while it is passed over, and an aborted read goes on behind it', async () => {
  const codec = length({ prefix: 4, maxBytes: 9 })
  const size = 4 * 1024 * 1024
  const { talk, peer, server } = hearing([], { stays: true })
  const stop = new AbortController()
  const reading = talk.next(codec, { signal: stop.signal, onOversize: 'skip' })
  await peer.write(bytes('\0\x40\0\0'))
  for (let sent = 0; sent < size / 2; sent += 65_536) await peer.write(new Uint8Array(65_536))
  assert.ok(talk.unreadBytes <= 4 * 65_536, `${talk.unreadBytes} bytes are kept`)
  stop.abort(new Error('enough'))
  await assert.rejects(reading, /enough/)
  const next = talk.next(codec)
  for (let sent = size / 2; sent < size; sent += 65_536) await peer.write(new Uint8Array(65_536))
  await peer.write(bytes('\0\0\0\x01A'))
  assert.deepEqual(await within(next, 'the frame behind', 5_000), bytes('A'))
  server.abort()
})

test('of empty frames that are skipped nothing endless is kept, and an abort loses nothing behind them', async () => {
  const codec = text(delimiter('\r\n', { skipEmpty: true }))
  const { talk, peer, server } = hearing([], { stays: true })
  const stop = new AbortController()
  const reading = talk.next(codec, { signal: stop.signal })
  // Cut so that the decoder always holds the half of a mark.
  await peer.write(bytes('\r'))
  for (let round = 0; round < 20; round++) {
    await peer.write(bytes('\n\r'.repeat(30_000)))
    await turn()
  }
  assert.ok(talk.unreadBytes <= 200_000, `${talk.unreadBytes} bytes are kept`)
  await peer.write(bytes('\nhel'))
  await turn()
  stop.abort(new Error('enough'))
  await assert.rejects(reading, /enough/)
  await peer.write(bytes('lo\r\n'))
  assert.equal(await talk.next(codec), 'hello')
  server.abort()
})

test('a whole stream over the limit is refused once, a cut frame over the limit too; then there is the end', async () => {
  const cases: [Codec<unknown>, string][] = [
    [close({ maxBytes: 3 }), 'too long'],
    [delimiter('\n', { maxBytes: 3 }), 'too long'],
    [length({ prefix: 1, maxBytes: 3 }), '\x09cut']
  ]
  for (const [codec, wire] of cases) {
    const { talk, said } = hearing(cut(bytes(wire), [2, 5]))
    await assert.rejects(talk.next(codec), FrameTooLargeError)
    assert.equal(await talk.next(codec), undefined)
    await said
  }
})

test('a frame that was cut behind a refused one is told once', async () => {
  const codec = length({ prefix: 1, maxBytes: 3 })
  const { talk, said } = hearing([bytes('\x04long\x03cu')])
  await assert.rejects(talk.next(codec), FrameTooLargeError)
  await assert.rejects(talk.next(codec), UnexpectedEndError)
  assert.equal(await talk.next(codec), undefined)
  await assert.rejects(talk.read(1), UnexpectedEndError)
  await said
})
