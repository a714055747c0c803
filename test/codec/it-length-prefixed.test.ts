/**
 * Our varint length framing and it-length-prefixed: the same bytes, both ways, and the two places where theirs is wrong
 * and ours is not.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as lp from 'it-length-prefixed'
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
