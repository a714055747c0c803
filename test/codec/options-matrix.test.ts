/**
 * Protocols said with the options of `length` alone: what was written by hand from their specifications is read, the
 * encoder writes just that, and any frames come back however they are cut. The bytes are data (test/vectors/matrix.json):
 *
 *   row         which protocol, of those below
 *   frames      in hex (`61*300` is 300 bytes 61), with a header as `{ header, payload }`, or `{ signal }`
 *   bytes       the wire, in hex, or in single quotes as text
 *   decodeOnly  our encoder writes it otherwise
 *   error       the code of the fault behind the frames
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hex, join } from '../../lib/laws/bytes.ts'
import { cut, cuttings, drip } from '../../lib/laws/cuttings.ts'
import { decode, decodeWhole, encode, encodeBatches, sameOutcome } from '../../lib/laws/outcome.ts'
import { unhex } from '../laws/bytes.ts'
import { forAll } from '../laws/settings.ts'
import { rows } from '../laws/subjects/matrix.ts'

interface Vector {
  name: string
  row: keyof typeof rows
  frames: unknown[]
  bytes: string
  decodeOnly?: true
  error?: string
}

/** Hex in which `61*300` stands for 300 bytes 61, and `'text'` for its bytes. */
function bytesOf(notation: string): Uint8Array {
  const parts = notation.match(/'[^']*'|\S+/g) ?? []
  return join(
    parts.map((part) => {
      if (part.startsWith("'")) return new Uint8Array(Buffer.from(JSON.parse(`"${part.slice(1, -1)}"`), 'latin1'))
      const [digits = '', times = '1'] = part.split('*')
      return join(Array.from({ length: Number(times) }, () => unhex(digits)))
    })
  )
}

function frameOf(written: unknown): unknown {
  if (typeof written === 'string') return bytesOf(written)
  const { payload, ...rest } = written as { payload?: string }
  return payload === undefined ? rest : { ...rest, payload: bytesOf(payload) }
}

const vectors = JSON.parse(readFileSync(new URL('../vectors/matrix.json', import.meta.url), 'utf8')) as Vector[]

describe('protocols as options: what their specifications write', () => {
  for (const { name, row, frames: written, bytes: notation, decodeOnly = false, error } of vectors) {
    const { codec } = rows[row]
    const frames = written.map(frameOf)
    const bytes = bytesOf(notation)

    it(`${row} reads: ${name}`, () => {
      const outcome = decodeWhole(codec, bytes)
      assert.deepEqual(outcome.frames, frames)
      assert.equal(outcome.fault?.code, error, outcome.fault?.message)
      for (const batches of [drip(bytes), drip(bytes, true)]) {
        sameOutcome(decode(codec, batches), outcome, 'byte by byte')
      }
    })

    if (!decodeOnly && error === undefined) {
      it(`${row} writes: ${name}`, () => {
        const outcome = encodeBatches(codec, [frames])
        assert.equal(outcome.fault, undefined)
        assert.equal(hex(outcome.bytes), hex(bytes))
      })
    }
  }

  it('every row is written down', () => {
    const seen = new Set(vectors.map(({ row }) => row))
    assert.deepEqual(
      Object.keys(rows).filter((row) => !seen.has(row as keyof typeof rows)),
      []
    )
  })
})

describe('protocols as options: decode(encode(frames)) = frames', () => {
  for (const [row, { codec, frame }] of Object.entries(rows)) {
    it(row, () => {
      forAll(fc.tuple(fc.array(frame, { maxLength: 6 }), cuttings), 40, ([frames, cutting]) => {
        const outcome = decode(codec, cut(encode(codec, frames), cutting))
        sameOutcome(outcome, { frames, fault: undefined }, row)
      })
    })
  }
})
