/**
 * A transcript: all that happens on one connection, as data. What the peer writes and in which pieces, where it waits,
 * how it reads, how it ends; the pipeline on our side, and what our side does in the middle of it.
 *
 * A tenth of the frames are faulty. Mostly it is small; seldom it reaches 10 MiB, so that the buffers of the kernel are
 * full and our side waits for `drain`.
 */
import fc from 'fast-check'
import { bytePipelines, type StageSpec } from '../pipelines/spec.ts'
import type { Reading } from '../wires/peer.ts'

export interface Transcript {
  specs: StageSpec[]
  frames: FrameSpec[]
  /** Bytes of a last frame without a line break. */
  tail: number
  /** Lengths of the pieces, again and again; an empty one is legal. */
  cuts: number[]
  /** What the peer does behind each piece, again and again. */
  pauses: Pause[]
  reading: Reading
  ending: 'fin' | 'reset'
  /** What our side does at the frame where the pipeline has its `trip`. */
  trip: 'abort' | 'close'
}

interface FrameSpec {
  faulty: boolean
  length: number
}

/** `answers` waits for all the answers that are due by then, so it proves that none waits for more input. */
export type Pause = 'none' | 'turn' | 'turns' | 'answers'

/** What the peer writes in all, one character a byte. Every frame is told from every other. */
export function textOf({ frames, tail }: Transcript): string {
  const text = frames.map(({ faulty, length }, index) => `${faulty ? '!' : ''}${index}${filler(length)}\n`)
  return text.join('') + filler(tail)
}

function filler(length: number): string {
  return 'abcdefghij'.repeat(Math.ceil(length / 10)).slice(0, length)
}

/** The text in pieces. */
export function piecesOf(text: string, cuts: readonly number[]): string[] {
  const pieces: string[] = []
  for (let at = 0, next = 0; at < text.length; next++) {
    const length = cuts[next % cuts.length] as number
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}

interface Size {
  frames: number
  frameBytes: number
  /** The least and the greatest piece; the smallest transcripts have empty ones too. */
  cut: [least: number, most: number]
}

const KiB = 1024
const small: Size = { frames: 12, frameBytes: 12, cut: [0, 30] }
const middling: Size = { frames: 30, frameBytes: 8 * KiB, cut: [200, 20 * KiB] }
const large: Size = { frames: 10, frameBytes: 1024 * KiB, cut: [32 * KiB, 512 * KiB] }

function frames({ frames: maxLength, frameBytes }: Size): fc.Arbitrary<FrameSpec[]> {
  const faulty = fc.nat(9).map((dice) => dice === 9)
  return fc.array(fc.record({ faulty, length: fc.nat(frameBytes) }), { maxLength })
}

function cuts({ cut: [min, max] }: Size): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min, max }), { minLength: 1, maxLength: 8 }).map((all) => [...all, max])
}

const reading: fc.Arbitrary<Reading> = fc.oneof(
  fc.record({ kind: fc.constantFrom('at once' as const, 'never' as const) }),
  fc.record({ kind: fc.constant('slowly' as const), turns: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('stops' as const), at: fc.nat(100) })
)

/** Three of four pipelines are left as they are; into the others goes a trip, behind the decoder. */
const pipelines: fc.Arbitrary<StageSpec[]> = fc
  .record({ specs: bytePipelines, dice: fc.nat(3), place: fc.nat(5), at: fc.integer({ min: 1, max: 8 }) })
  .map(({ specs, dice, place, at }) => {
    if (dice > 0) return specs
    const where = 1 + (place % (specs.length - 1))
    return [...specs.slice(0, where), { kind: 'trip' as const, at }, ...specs.slice(where)]
  })

function transcript(size: Size): fc.Arbitrary<Transcript> {
  return fc.record({
    specs: pipelines,
    frames: frames(size),
    tail: fc.oneof(fc.constant(0), fc.nat(20)),
    cuts: cuts(size),
    pauses: fc.array(fc.constantFrom<Pause[]>('none', 'none', 'turn', 'turns', 'answers'), {
      minLength: 1,
      maxLength: 4
    }),
    reading,
    ending: fc.constantFrom('fin', 'fin', 'fin', 'reset'),
    trip: fc.constantFrom('abort', 'close')
  })
}

export const transcripts: fc.Arbitrary<Transcript> = fc.oneof(
  { weight: 40, arbitrary: transcript(small) },
  { weight: 8, arbitrary: transcript(middling) },
  { weight: 1, arbitrary: transcript(large) }
)
