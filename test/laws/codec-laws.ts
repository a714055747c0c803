/**
 * The laws of a codec. `codecLaws(subject)` registers each of them as a test of its own.
 */
import { describe, it } from 'node:test'
import './meter.ts' // first: it counts only what is compiled after it
import * as bytes from './law-bytes.ts'
import * as cutting from './law-cutting.ts'
import * as encoder from './law-encoder.ts'
import * as end from './law-end.ts'
import * as limits from './law-limits.ts'
import * as memory from './law-memory.ts'
import * as rest from './law-rest.ts'
import * as work from './law-work.ts'
import type { Law, Subject } from './subject.ts'

export const laws = {
  roundTrip: cutting.roundTrip,
  everyCut: cutting.everyCut,
  randomCuts: cutting.randomCuts,
  bigCuts: cutting.bigCuts,
  damagedCuts: cutting.damagedCuts,
  goodFramesFirst: cutting.goodFramesFirst,
  prompt: cutting.prompt,
  independent: cutting.independent,
  truncation: end.truncation,
  bigTruncation: end.bigTruncation,
  endIsTheFrame: end.endIsTheFrame,
  emptyStream: end.emptyStream,
  deadDecoder: end.deadDecoder,
  decoderLimit: limits.decoderLimit,
  encoderLimit: limits.encoderLimit,
  refusedEarly: limits.refusedEarly,
  limitIsPerFrame: limits.limitIsPerFrame,
  restIsAllOfIt: rest.restIsAllOfIt,
  restAtEveryCut: rest.restAtEveryCut,
  doneAtOnce: rest.doneAtOnce,
  oneFrameAtTheEnd: rest.oneFrameAtTheEnd,
  inputUntouched: bytes.inputUntouched,
  framesStay: bytes.framesStay,
  encodedStays: bytes.encodedStays,
  refusesOrKeeps: encoder.refusesOrKeeps,
  goodFramesWritten: encoder.goodFramesWritten,
  batchesDoNotMatter: encoder.batchesDoNotMatter,
  packs: encoder.packs,
  oneFrameOnly: encoder.oneFrameOnly,
  bigFrameWork: work.bigFrameWork,
  manyFramesWork: work.manyFramesWork,
  encoderWork: work.encoderWork,
  announced: memory.announced,
  bigChunksByReference: memory.bigChunksByReference,
  pinsNothing: memory.pinsNothing
} as const satisfies Record<string, Law>

export type LawName = keyof typeof laws

/** Does the law say anything about this codec? */
export function applies<F>(law: Law, subject: Subject<F>): boolean {
  return law.applies?.(subject) ?? true
}

/** Registers every law that says something about the codec as a test. */
export function codecLaws<F>(subject: Subject<F>): void {
  describe(`laws: ${subject.name}`, () => {
    for (const law of Object.values<Law>(laws)) {
      if (applies(law, subject)) it(law.name, () => law.check(subject))
    }
  })
}
