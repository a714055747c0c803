/**
 * Random state machines over different framings, against the plainest model there is: a frame is framed by its state,
 * and the first letter of it says the next state. Both ends must find the same states whatever the cutting, the batches,
 * the end and the damage.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { switching } from '../../lib/codec/switching.ts'
import { type Codec, chunked, delimiter, fixed, length, text } from '../../lib/index.ts'
import { cut, cuttings, drip, exhaustive } from '../../lib/laws/cuttings.ts'
import { decode, decodeWhole, encode, encodeBatches, sameOutcome } from '../../lib/laws/outcome.ts'

const framings: readonly Codec<string>[] = [
  text(delimiter('\n', { maxBytes: 9 })),
  text(length({ prefix: 1, maxBytes: 9 })),
  text(length({ prefix: 4, endian: 'little', maxBytes: 9 })),
  text(fixed(3)),
  text(chunked({ blockBytes: 2, maxBytes: 9 })),
  text(delimiter('ab', { maxBytes: 9 }))
]

/** For each state its framing and the states that the letters lead to; null stays. One without letters is the last. */
interface State {
  readonly framing: number
  readonly leads: readonly (number | null)[]
  /** Inside another switching codec that never answers. */
  readonly wrapped: boolean
}

const machines = fc.integer({ min: 1, max: 4 }).chain((states) =>
  fc.array(
    fc.record({
      framing: fc.nat(framings.length - 1),
      leads: fc.array(fc.option(fc.nat(states - 1)), { maxLength: 3 }),
      wrapped: fc.boolean()
    }),
    { minLength: states, maxLength: states }
  )
)
const letters = fc.constantFrom('c', 'd', 'e', 'f')
const frameLists = fc.array(
  fc.tuple(letters, letters, letters).map((three) => three.join('')),
  { maxLength: 7, size: 'max' }
)

function nextOf({ leads }: State, frame: string): number | undefined {
  return leads[frame.charCodeAt(0) % leads.length] ?? undefined
}

function machine(states: readonly State[]): Codec<string> {
  const codecs: Codec<string>[] = states.map((state) => {
    const first = framings[state.framing]!
    if (state.leads.length === 0) return first
    const codec: Codec<string> = switching(first, (frame) => {
      const next = nextOf(state, frame)
      return next === undefined ? undefined : codecs[next]
    })
    return state.wrapped ? switching(codec, () => undefined) : codec
  })
  return codecs[0]!
}

/** The bytes of each frame, each by the framing of its state. */
function wires(states: readonly State[], frames: readonly string[]): Uint8Array[] {
  let state = states[0]!
  return frames.map((frame) => {
    const bytes = encode(framings[state.framing]!, [frame])
    const next = state.leads.length === 0 ? undefined : nextOf(state, frame)
    if (next !== undefined) state = states[next]!
    return bytes
  })
}

const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

test('the encoder writes each frame in the framing of its state, however the frames are batched', () => {
  const sizes = fc.array(fc.nat(3), { maxLength: 8 })
  fc.assert(
    fc.property(machines, frameLists, sizes, (states, frames, sizes) => {
      const left = [...frames]
      const batches = sizes.map((size) => left.splice(0, size))
      const { bytes, fault } = encodeBatches(machine(states), [...batches, left])
      assert.equal(fault, undefined)
      assert.deepEqual(bytes, join(wires(states, frames)))
    }),
    { numRuns: 300 }
  )
})

test('the decoder finds the frames in every cutting, and with frames: n exactly the bytes behind frame n', () => {
  fc.assert(
    fc.property(machines, frameLists, cuttings, (states, frames, cutting) => {
      const parts = wires(states, frames)
      const bytes = join(parts)
      const codec = machine(states)
      for (const batches of exhaustive(bytes, 16))
        sameOutcome(decode(codec, batches), { frames, fault: undefined }, 'exhaustive')
      for (let count = 1; count <= frames.length; count++) {
        const expected = { frames: frames.slice(0, count), fault: undefined, rest: join(parts.slice(count)) }
        for (const batches of [[[bytes]], drip(bytes), drip(bytes, true), cut(bytes, cutting)]) {
          sameOutcome(decode(codec, batches, { frames: count }), expected, `frames: ${count}`)
        }
      }
    }),
    { numRuns: 150 }
  )
})

test('cut off at any byte: the whole frames, and what is held is the part of the next', () => {
  fc.assert(
    fc.property(machines, frameLists, cuttings, (states, frames, cutting) => {
      const parts = wires(states, frames)
      const bytes = join(parts)
      for (let size = 0; size <= bytes.length; size++) {
        const decoder = machine(states).decoder()
        const seen: string[] = []
        for (const batch of cut(bytes.subarray(0, size), cutting)) decoder.push(batch, seen)
        const whole = parts.slice(0, seen.length).reduce((sum, part) => sum + part.length, 0)
        assert.deepEqual(seen, frames.slice(0, seen.length))
        assert.equal(decoder.held(), size - whole)
        if (size === whole) decoder.end?.(seen)
        else assert.throws(() => decoder.end?.(seen), { code: 'ERR_UNEXPECTED_END', had: size - whole })
      }
    }),
    { numRuns: 60 }
  )
})

test('damaged bytes: the same frames and the same fault in every cutting', () => {
  const damage = fc.tuple(fc.nat(60), fc.uint8Array({ minLength: 1, maxLength: 4 }))
  fc.assert(
    fc.property(
      machines,
      frameLists,
      fc.array(damage, { minLength: 1, maxLength: 2 }),
      cuttings,
      (states, frames, damages, cutting) => {
        const bytes = join(wires(states, frames))
        for (const [at, junk] of damages)
          bytes.set(junk.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length))
        const codec = machine(states)
        const expected = decodeWhole(codec, bytes)
        sameOutcome(decode(codec, cut(bytes, cutting)), expected, 'random cutting')
        sameOutcome(decode(codec, drip(bytes)), expected, 'byte by byte')
        sameOutcome(decode(codec, drip(bytes, true)), expected, 'byte by byte in one batch')
      }
    ),
    { numRuns: 400 }
  )
})
