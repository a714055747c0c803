/**
 * Random pipelines as data: a decoder from bytes to frames, stages from frames to frames, an encoder back to bytes.
 *
 * Data, so that three things can be made of one: the real stages (real.ts), the naive ones (naive.ts), and the printed
 * counterexample. A frame is text without a line break; one that holds a `!` is faulty, and some stages throw at it.
 */
import fc from 'fast-check'

export type StageSpec =
  /** Bytes to frames. What is left at the end is a frame, thrown away, or an error. */
  | { kind: 'lines'; picky: boolean; rest: 'frame' | 'drop' | 'throw' }
  | { kind: 'map'; picky: boolean }
  | { kind: 'drop faulty' }
  | { kind: 'repeat'; times: number }
  | { kind: 'take'; count: number }
  | { kind: 'tap' }
  /** Keeps each frame back until the next one, the last one until the end. */
  | { kind: 'hold' }
  /** Passes a faulty frame on and then throws. */
  | { kind: 'late refusal' }
  /** Adds the number of frames at the end. */
  | { kind: 'count' }
  /** Throws in `end`, behind a last frame or without. */
  | { kind: 'throw at end'; words: boolean }
  | { kind: 'throw at begin' }
  /** Not stages: plain transforms, behind which the next run of stages begins. */
  | { kind: 'mapAsync'; concurrency: number; picky: boolean }
  | { kind: 'items' }
  | { kind: 'generator' }
  /** Calls what the transcript planted, at its nth frame. */
  | { kind: 'trip'; at: number }
  /** Frames to bytes, with a trailer at the end. */
  | { kind: 'encode'; picky: boolean; trailer: boolean; packed: boolean; endIsFrame: boolean }

const often = fc.boolean()
const seldom = fc.nat(4).map((n) => n === 4)

const lines: fc.Arbitrary<StageSpec> = fc.record({
  kind: fc.constant('lines' as const),
  picky: seldom,
  rest: fc.constantFrom('frame' as const, 'frame' as const, 'drop' as const, 'throw' as const)
})

const encode: fc.Arbitrary<StageSpec> = fc.record({
  kind: fc.constant('encode' as const),
  picky: seldom,
  trailer: often,
  packed: often,
  endIsFrame: seldom
})

const ordinary: fc.Arbitrary<StageSpec> = fc.oneof(
  fc.record({ kind: fc.constant('map' as const), picky: seldom }),
  fc.record({ kind: fc.constant('drop faulty' as const) }),
  fc.record({ kind: fc.constant('repeat' as const), times: fc.nat(3) }),
  fc.record({ kind: fc.constant('tap' as const) }),
  fc.record({ kind: fc.constant('hold' as const) }),
  fc.record({ kind: fc.constant('count' as const) }),
  fc.record({ kind: fc.constant('mapAsync' as const), concurrency: fc.integer({ min: 1, max: 4 }), picky: often }),
  fc.record({ kind: fc.constantFrom('items' as const, 'generator' as const) })
)

const deciding: fc.Arbitrary<StageSpec> = fc.oneof(
  fc.record({ kind: fc.constant('take' as const), count: fc.nat(6) }),
  fc.record({ kind: fc.constant('map' as const), picky: fc.constant(true) }),
  fc.record({ kind: fc.constant('throw at end' as const), words: often }),
  fc.record({ kind: fc.constantFrom('throw at begin' as const, 'late refusal' as const, 'late refusal' as const) })
)

const middle = fc.array(fc.oneof({ weight: 2, arbitrary: ordinary }, { weight: 1, arbitrary: deciding }), {
  maxLength: 4
})

/** Two stages that may both decide the outcome, and perhaps one between them. */
const contested: fc.Arbitrary<StageSpec[]> = fc
  .tuple(deciding, fc.array(ordinary, { maxLength: 1 }), deciding)
  .map(([first, between, second]) => [first, ...between, second])

/** Stages from frames to frames only. */
export const framePipelines: fc.Arbitrary<StageSpec[]> = fc.oneof(middle, contested).map(oneOutcomeAtBegin)

/** From bytes to bytes. */
export const bytePipelines: fc.Arbitrary<StageSpec[]> = fc
  .tuple(lines, middle, encode)
  .map(([first, between, last]) => oneOutcomeAtBegin([first, ...between, last]))

/**
 * Leaves one stage that decides the outcome before anything is read. What two of them do to each other is said by no
 * contract for throws in `begin` but by law-begin.ts.
 */
function oneOutcomeAtBegin(specs: StageSpec[]): StageSpec[] {
  const first = specs.findIndex(decidesAtBegin)
  return specs.filter((spec, index) => index <= first || !decidesAtBegin(spec))
}

function decidesAtBegin(spec: StageSpec): boolean {
  return spec.kind === 'throw at begin' || (spec.kind === 'take' && spec.count === 0)
}

/** What a picky stage says of a faulty frame. */
export function refusal(index: number, kind: string, frame: string): string {
  return `stage ${index}, ${kind}, refuses ${frame.slice(0, 20)}`
}

/** Not a stage but a plain transform. */
export function isPlain({ kind }: StageSpec): boolean {
  return kind === 'mapAsync' || kind === 'items' || kind === 'generator'
}

export function isFaulty(frame: string): boolean {
  return frame.includes('!')
}
