/**
 * What becomes of frames over the limit: the same for all framings, however the bytes are cut, and the frame behind one is
 * always a good one.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { join } from '../../lib/laws/bytes.ts'
import { cut, cuttings, drip } from '../../lib/laws/cuttings.ts'
import { allocation } from '../../lib/laws/meter.ts'
import { decode, decodeWhole, encode } from '../../lib/laws/outcome.ts'
import type { DecoderRun } from '../../lib/types.ts'
import { forAll } from '../laws/settings.ts'
import { becomes, framesOf, limit, many, roomy, shown, single } from '../laws/subjects/oversize.ts'

const rules: readonly DecoderRun[] = [
  { onOversize: 'skip' },
  { onOversize: 'truncate' },
  { onOversize: 'body' },
  { asBodies: true },
  { asBodies: true, onOversize: 'skip' }
]
const anyRule = fc.constantFrom(...rules)

describe('frames over the limit: exactly what the rule says, in every cutting', () => {
  for (const limited of many) {
    it(limited.name, () => {
      const codec = limited.make(limit)
      const cases = fc.tuple(fc.array(framesOf(limited), { minLength: 1, maxLength: 5 }), anyRule, cuttings, fc.nat(5))
      forAll(cases, 40, ([frames, rule, cutting, n]) => {
        const wires = frames.map(({ frame }) => encode(limited.make(roomy), [frame]))
        const bytes = join(wires)
        const items = frames.map((frame) => becomes(limited, frame, rule))
        for (const batches of [[[bytes]], cut(bytes, cutting), drip(bytes)]) {
          const outcome = decode(codec, batches, rule)
          assert.deepEqual(shown(outcome.frames), items.flat())
          assert.equal(outcome.fault, undefined)
        }
        const some = Math.min(n, frames.length)
        const part = decode(codec, cut(bytes, cutting), { ...rule, frames: some })
        assert.deepEqual(shown(part.frames), items.slice(0, some).flat())
        assert.deepEqual(part.rest, join(wires.slice(some)), 'rest() behind an item')
      })
    })
  }

  for (const limited of single) {
    it(limited.name, () => {
      const codec = limited.make(limit)
      forAll(fc.tuple(framesOf(limited), anyRule, cuttings), 60, ([frame, rule, cutting]) => {
        for (const batches of [[[frame.bytes]], cut(frame.bytes, cutting), drip(frame.bytes)]) {
          const outcome = decode(codec, batches, rule)
          assert.deepEqual(shown(outcome.frames), becomes(limited, frame, rule))
          assert.equal(outcome.fault, undefined)
        }
      })
    })
  }
})

describe('a stream cut off inside a frame over the limit', () => {
  for (const limited of many) {
    it(`${limited.name}: says how many bytes of it came, at every byte`, () => {
      const header = limited.headers && fc.sample(limited.headers, { numRuns: 1, seed: 3 })[0]
      const [good, big] = [limited.of(3, header), limited.of(31, header)]
      const codec = limited.make(limit)
      const first = encode(limited.make(roomy), [good.frame])
      const wire = encode(limited.make(roomy), [big.frame])
      for (const rule of rules.slice(1, 4)) {
        for (let had = 1; had < wire.length; had += 1) {
          const bytes = join([first, wire.subarray(0, had)])
          for (const batches of [[[bytes]], drip(bytes)]) {
            const { frames, fault } = decode(codec, batches, rule)
            const { code, phase, needed } = fault?.fields ?? {}
            assert.deepEqual([code, fault?.fields.had], ['ERR_UNEXPECTED_END', had])
            if (limited.cutOff) assert.deepEqual({ phase, needed }, limited.cutOff(wire, had), `after ${had} bytes`)
            const whole = becomes(limited, good, rule)
            assert.deepEqual(shown(frames).slice(0, whole.length), whole)
          }
        }
      }
    })
  }
})

describe('memory while a huge frame is passed over', () => {
  const size = 200_000
  const chunk = 4096
  for (const limited of [...many, ...single]) {
    it(`${limited.name}: no more is held than a chunk, nothing is kept`, () => {
      const header = limited.headers && fc.sample(limited.headers, { numRuns: 1, seed: 3 })[0]
      const { frame } = limited.of(size, header)
      const wire = encode(limited.make(roomy), [frame])
      for (const onOversize of ['skip', 'truncate'] as const) {
        const decoder = limited.make(limit).decoder({ onOversize })
        const out: unknown[] = []
        let most = 0
        for (let at = 0; at < wire.length; at += chunk) {
          const piece = wire.slice(at, at + chunk)
          // A mark of many bytes is searched in the piece and what is left of the one before, and escapes are taken out.
          most = Math.max(
            most,
            allocation(() => decoder.push([piece], out))
          )
          assert.ok(decoder.held() <= 100, `${decoder.held()} bytes held`)
        }
        decoder.end?.(out)
        assert.equal(out.length, 1)
        assert.ok(most <= 4 * chunk, `${most} bytes of buffers made for a piece of ${chunk}`)
      }
    })
  }
})

describe('maxBodyBytes', () => {
  for (const limited of [...many, ...single]) {
    it(`${limited.name}: no frame is larger, whatever the rule, and the same is given out in every cutting`, () => {
      const header = limited.headers && fc.sample(limited.headers, { numRuns: 1, seed: 3 })[0]
      const { frame, bytes: payload } = limited.of(78, header)
      const bytes = encode(limited.make(roomy), [frame])
      for (const rule of rules) {
        const fits = decodeWhole(limited.make(limit), bytes, { ...rule, maxBodyBytes: payload.length })
        assert.equal(fits.fault, undefined)
        const run = { ...rule, maxBodyBytes: payload.length - 1 }
        const expected = decodeWhole(limited.make(limit), bytes, run)
        const { size, limit: most } = expected.fault?.fields ?? {}
        assert.deepEqual([size, most], [payload.length, payload.length - 1])
        for (const batches of [drip(bytes), drip(bytes, true)]) {
          const outcome = decode(limited.make(limit), batches, run)
          assert.deepEqual(shown(outcome.frames), shown(expected.frames))
          assert.deepEqual(outcome.fault, expected.fault)
        }
      }
    })
  }
})
