/**
 * Our varint length framing and it-length-prefixed: the same bytes, both ways, and the two places where theirs is wrong
 * and ours is not.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as lp from 'it-length-prefixed'
import * as varint from 'uint8-varint'
import type { Uint8ArrayList } from 'uint8arraylist'
import { length } from '../../lib/codec/length.ts'
import { hex, join } from '../../lib/laws/bytes.ts'
import { type Batches, cut, cuttings, drip } from '../../lib/laws/cuttings.ts'
import { decode, decodeWhole, encode, sameOutcome } from '../../lib/laws/outcome.ts'
import { counting, unhex } from '../laws/bytes.ts'
import { forAll } from '../laws/settings.ts'

/** Sizes on both sides of each border of the varint, as far as the payloads stay small. */
const sizes = fc.oneof(fc.constantFrom(0, 1, 127, 128, 129, 300, 16_383, 16_384, 16_385), fc.nat(200))
const lists = fc.array(
  sizes.map((size) => counting(size, size)),
  { maxLength: 6, size: 'max' }
)

function theirBytes(frames: Uint8Array[]): Uint8Array {
  return join([...lp.encode(frames)].map((chunk) => chunk.subarray()))
}

function theirFrames(batches: Batches): Uint8Array[] {
  return [...lp.decode(batches.flat())].map((frame) => Uint8Array.from(frame.subarray()))
}

describe('it-length-prefixed', () => {
  it('the bytes are the same', () => {
    forAll(lists, 60, (frames) => assert.equal(hex(encode(length(), frames)), hex(theirBytes(frames))))
  })

  it('what they write, we read, however it is cut', () => {
    forAll(fc.tuple(lists, cuttings), 60, ([frames, cutting]) => {
      const outcome = decode(length(), cut(theirBytes(frames), cutting))
      sameOutcome(outcome, { frames, fault: undefined }, 'their bytes')
    })
  })

  it('what we write, they read, however it is cut', () => {
    forAll(fc.tuple(lists, cuttings), 60, ([frames, cutting]) => {
      assert.deepEqual(theirFrames(cut(encode(length(), frames), cutting)), frames)
    })
  })

  it('a header and then the end: theirs takes it for a clean end, ours says what is missing', () => {
    const header = unhex('05')
    assert.deepEqual(theirFrames([[header]]), [])
    const { frames, fault } = decodeWhole(length(), header)
    assert.deepEqual(frames, [])
    const { code, phase, had, needed } = fault?.fields ?? {}
    assert.deepEqual({ code, phase, had, needed }, { code: 'ERR_UNEXPECTED_END', phase: 'payload', had: 1, needed: 6 })
  })

  it('a varint longer than it need be: theirs loses step, ours reads the frame', () => {
    const bytes = unhex('8500 0102030405')
    assert.deepEqual(theirFrames([[bytes]])[0], unhex('00 01020304'))
    const expected = { frames: [unhex('0102030405')], fault: undefined }
    sameOutcome(decodeWhole(length(), bytes), expected, 'whole')
    sameOutcome(decode(length(), drip(bytes)), expected, 'byte by byte')
  })
})

/** A length of 4 bytes as functions of their kind (`lengthEncoder`, `lengthDecoder`). */
const int32Encode = Object.assign(
  (value: number) => {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setInt32(0, value, false)
    return bytes
  },
  { bytes: 4 }
)
const int32Decode = Object.assign((data: Uint8ArrayList) => data.getInt32(0, false), { bytes: 4 })

/** Their own default, as one writes it by hand with uint8-varint. */
const varintDecode = Object.assign(
  (data: Uint8ArrayList) => {
    const value = varint.decode(data)
    varintDecode.bytes = varint.encodingLength(value)
    return value
  },
  { bytes: 0 }
)
const varintEncode = Object.assign((value: number) => varint.encode(value) as Uint8Array<ArrayBuffer>, { bytes: 0 })

for (const [name, encoder, decoder] of [
  ['int32BE', int32Encode, int32Decode],
  ['uint8-varint', varintEncode, varintDecode]
] as const) {
  describe(`functions of it-length-prefixed plugged in: ${name}`, () => {
    const codec = length({ prefix: { encode: encoder, decode: decoder } })
    const theirs = (frames: Uint8Array[]): Uint8Array =>
      join([...lp.encode(frames, { lengthEncoder: encoder })].map((chunk) => chunk.subarray()))

    it('the bytes are the same', () => {
      forAll(lists, 40, (frames) => assert.equal(hex(encode(codec, frames)), hex(theirs(frames))))
    })

    it('what they write, we read, and what we write, they read, however it is cut', () => {
      forAll(fc.tuple(lists, cuttings), 40, ([frames, cutting]) => {
        sameOutcome(decode(codec, cut(theirs(frames), cutting)), { frames, fault: undefined }, 'their bytes')
        const read = [...lp.decode(cut(encode(codec, frames), cutting).flat(), { lengthDecoder: decoder })]
        assert.deepEqual(
          read.map((frame) => Uint8Array.from(frame.subarray())),
          frames
        )
      })
    })

    it('it is the same framing as ours by name', () => {
      const own = name === 'int32BE' ? length({ prefix: 4, signed: true }) : length()
      forAll(lists, 20, (frames) => assert.equal(hex(encode(codec, frames)), hex(encode(own, frames))))
    })

    it('an end inside the length is an error', () => {
      const { frames, fault } = decodeWhole(codec, encode(codec, [counting(200)]).subarray(0, 1))
      assert.deepEqual([frames, fault?.code], [[], 'ERR_UNEXPECTED_END'])
    })
  })
}
