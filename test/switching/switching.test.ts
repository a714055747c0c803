/** What a switching codec promises beside the laws: who is asked when, what is refused, and that it never grows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { switching } from '../../lib/codec/switching.ts'
import {
  batched,
  type Codec,
  close,
  collect,
  decode,
  delimiter,
  encode,
  FrameRefusedError,
  FrameTooLargeError,
  InvalidOptionError,
  length,
  ProtocolError,
  pipe,
  stage,
  text,
  UnexpectedEndError
} from '../../lib/index.ts'
import { cutAt, exhaustive } from '../../lib/laws/cuttings.ts'
import { decode as decoded, encodeBatches } from '../../lib/laws/outcome.ts'
import { transports } from './transports.ts'

const line = text(delimiter('\n'))
const message = text(length({ prefix: 1 }))
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

/** Lines until "go", then messages; what was asked is written down. */
function upgrade(asked: string[], unread: 'keep' | 'reject' = 'keep'): Codec<string> {
  return switching(line, (frame) => {
    asked.push(frame)
    return frame === 'go' ? { codec: message, unread } : undefined
  })
}

test('after is asked once behind each frame, in order, by both ends, and no more behind the last switch', () => {
  const frames = ['a', 'b', 'go', 'go', 'on']
  const asked: string[] = []
  const wire = encodeBatches(upgrade(asked), [frames])
  assert.equal(wire.fault, undefined)
  assert.deepEqual(wire.bytes, bytes('a\nb\ngo\n\x02go\x02on'))
  assert.deepEqual(asked, ['a', 'b', 'go'])
  for (const batches of exhaustive(wire.bytes)) {
    asked.length = 0
    assert.deepEqual(decoded(upgrade(asked), batches), { frames, fault: undefined })
    assert.deepEqual(asked, ['a', 'b', 'go'])
  }
})

test('the outer question comes first; its answer replaces the inner codec, the inner answer leaves it in force', () => {
  const inner: Codec<string> = switching(line, (frame) => (frame === 'in' ? switching(message, back) : undefined))
  const back = (frame: string): Codec<string> | undefined => (frame === 'back' ? inner : undefined)
  const outer = switching(inner, (frame) => (frame === 'out' ? message : undefined))
  const frames = ['a', 'in', 'b', 'back', 'c', 'in', 'out', 'in', 'back', 'out']
  const wire = encodeBatches(outer, [frames]).bytes
  assert.deepEqual(wire, bytes('a\nin\n\x01b\x04backc\nin\n\x03out\x02in\x04back\x03out'))
  for (const batches of exhaustive(wire)) {
    assert.deepEqual(decoded(outer, batches), { frames, fault: undefined })
  }
})

test('a machine that goes round for ever never gets deeper', () => {
  let asked = 0
  const around = (): undefined => {
    asked++
  }
  const round: Codec<string> = switching(
    switching(line, () => switching(message, () => round)),
    around
  )
  const frames = Array.from({ length: 50_000 }, (_, index) => String(index))
  const wire = encodeBatches(round, [frames]).bytes
  assert.equal(asked, frames.length)
  assert.deepEqual(decoded(round, [[wire]]).frames, frames)
  assert.deepEqual(decoded(round, cutAt(wire, [1, 2, 3, 1000, 60_000], true)).frames, frames)
  assert.equal(asked, 3 * frames.length)
})

test('unread: reject refuses bytes that came with the frame, in its chunk or behind it in its batch, and only those', () => {
  const go = bytes('a\ngo\n')
  const behind = bytes('\x02on')
  const refused = [
    [[Buffer.concat([go, behind])]],
    [[go, behind]],
    [[go.subarray(0, 3)], [go.subarray(3), new Uint8Array(0), behind]]
  ]
  for (const batches of refused) {
    const { frames, fault } = decoded(upgrade([], 'reject'), batches)
    assert.deepEqual(frames, ['a', 'go'], 'nothing behind the frame is read')
    assert.equal(fault?.class, ProtocolError.name)
    assert.equal(fault?.message, 'the peer sent 3 bytes behind the frame at which the framing changes')
  }
  for (const batches of [
    [[go], [behind]],
    [[go, new Uint8Array(0)], [behind]]
  ]) {
    assert.deepEqual(decoded(upgrade([], 'reject'), batches), { frames: ['a', 'go', 'on'], fault: undefined })
  }
  const wrong = switching(line, () => ({ codec: line, unread: 'rejected' as 'reject' }))
  assert.throws(() => wrong.decoder().push([go], []), InvalidOptionError)
})

test('with frames: n the bytes behind frame n are the reader’s: nobody is asked about them', () => {
  const asked: string[] = []
  const wire = bytes('go\n\x02on')
  for (const batches of exhaustive(wire)) {
    const outcome = decoded(upgrade(asked, 'reject'), batches, { frames: 1 })
    assert.deepEqual(outcome, { frames: ['go'], fault: undefined, rest: bytes('\x02on') })
  }
  assert.deepEqual(asked, [])
  assert.throws(() => upgrade([]).decoder({ frames: -1 }), InvalidOptionError)
})

test('a fault of after comes behind the frame it was asked about, once, at both ends', () => {
  const picky = switching(line, (frame) => {
    if (frame === 'bad') throw new ProtocolError('bad word')
    return undefined
  })
  for (const batches of exhaustive(bytes('a\nbad\nb\n'))) {
    const { frames, fault } = decoded(picky, batches)
    assert.deepEqual([frames, fault?.message], [['a', 'bad'], 'bad word'])
  }
  const decoder = picky.decoder()
  const late: string[] = []
  assert.throws(() => decoder.push([bytes('bad\n')], []), /bad word/)
  assert.throws(() => decoder.push([bytes('b\n')], late), /bad word/)
  assert.throws(() => decoder.end?.(late), /bad word/)
  assert.deepEqual(late, [])
  const encoder = picky.encoder()
  const out: Uint8Array[] = []
  assert.throws(() => encoder.push(['a', 'bad', 'b'], out), /bad word/)
  assert.throws(() => encoder.push(['c'], out), /bad word/)
  assert.deepEqual(Buffer.concat(out), Buffer.from('a\nbad\n'))
  const lone = switching(line, (frame) => {
    if (!frame.isWellFormed()) throw new ProtocolError('bad word')
    return undefined
  })
  assert.throws(() => lone.encoder().push(['\ud800'], []), FrameRefusedError, 'a frame refused was not written')
})

test('a frame that was skipped or came in parts cannot say what comes next: only who needs not see it goes on', () => {
  const short = text(delimiter('\n', { maxBytes: 4 }))
  const seeing = switching(short, (frame) => (frame === 'go' ? message : undefined))
  const blind: Codec<string> = switching(short, () => switching(message, () => blind))
  for (const onOversize of ['skip', 'body'] as const) {
    for (const batches of exhaustive(bytes('a\ntoo long\ngo\n\x02on'))) {
      const items: unknown[] = []
      const decoder = seeing.decoder({ onOversize })
      assert.throws(
        () => {
          for (const batch of batches) decoder.push(batch, items as string[])
        },
        onOversize === 'skip' ? FrameTooLargeError : ProtocolError
      )
      assert.deepEqual(
        items.filter((item) => typeof item === 'string'),
        ['a']
      )
    }
    for (const batches of exhaustive(bytes('a\n\x02ontoo long\n\x02offb\n').subarray(0, 17))) {
      const items: unknown[] = []
      const decoder = blind.decoder({ onOversize })
      for (const batch of batches) decoder.push(batch, items as string[])
      const texts = items.filter((item) => typeof item === 'string')
      assert.deepEqual(texts, ['a', 'on', 'of'])
    }
  }
})

test('where a frame must follow, the end in front of it is an error; one that is the end itself may be empty', () => {
  const codec = switching(line, (frame) => {
    if (frame === 'go') return { codec: message, mayEnd: false }
    return frame === 'rest' ? { codec: text(close()), mayEnd: false } : undefined
  })
  for (const batches of exhaustive(bytes('a\ngo\n'))) {
    const { frames, fault } = decoded(codec, batches)
    assert.deepEqual([frames, fault?.class, fault?.fields.had], [['a', 'go'], UnexpectedEndError.name, 0])
  }
  const decoder = codec.decoder()
  decoder.push([bytes('go\n')], [])
  assert.equal(decoder.held(), 1, 'so that nobody takes the connection for idle')
  const once = codec.decoder({ frames: 1 })
  once.push([bytes('go\n')], [])
  once.end?.([])
  assert.equal(once.held(), 0)
  assert.deepEqual(decoded(codec, [[bytes('rest\n')]]), { frames: ['rest', ''], fault: undefined })
})

test('it may end in a codec whose frame ends with the stream, also an empty one, if that is said', () => {
  const toClose = (options?: { endIsFrame: boolean }): Codec<string> =>
    switching<string>(line, (frame) => (frame === 'rest' ? text(close()) : undefined), options)
  const codec = toClose({ endIsFrame: true })
  for (const frames of [
    ['a', 'rest', 'all\nthis'],
    ['rest', '']
  ]) {
    const wire = encodeBatches(codec, [frames])
    assert.equal(wire.fault, undefined)
    for (const batches of exhaustive(wire.bytes)) {
      assert.deepEqual(decoded(codec, batches), { frames, fault: undefined })
    }
  }
  assert.deepEqual([codec.endIsFrame, toClose().endIsFrame], [true, false])
  const { bytes: written, fault } = encodeBatches(toClose(), [['a', 'rest', 'half']])
  assert.deepEqual([written, fault?.fields.option], [bytes('a\nrest\n'), 'endIsFrame'])
  const decoder = codec.decoder()
  assert.equal(decoder.endIsFrame, false)
  decoder.push([bytes('rest\n')], [])
  assert.equal(decoder.endIsFrame, true)
})

for (const [name, open] of transports) {
  test(`half a frame that ends with the stream is cut off, never ended (${name})`, async () => {
    await using ends = await open()
    const codec = switching<string>(line, () => text(close()), { endIsFrame: true })
    const fails = stage<string, string>('fails', () => ({
      push(batch, out) {
        for (const frame of batch) {
          if (frame === 'fail') throw new Error('no more')
          out.push(frame)
        }
      }
    }))
    const sent = pipe(batched(['rest', 'fail']), fails, encode(codec), ends.server.sink)
    await assert.rejects(sent, /no more/)
    await assert.rejects(pipe(ends.client.source, decode(codec), collect()), /reset/)
  })
}
