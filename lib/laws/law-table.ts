/** All laws by name, in the order in which they are tried: what is broken first is the simplest to look at. */
import * as bytes from './law-bytes.ts'
import * as cutting from './law-cutting.ts'
import * as encoder from './law-encoder.ts'
import * as end from './law-end.ts'
import * as limits from './law-limits.ts'
import * as memory from './law-memory.ts'
import * as rest from './law-rest.ts'
import * as work from './law-work.ts'
import type { Law } from './subject.ts'

export const lawTable = {
  roundTrip: cutting.roundTrip,
  inputUntouched: bytes.inputUntouched,
  everyCut: cutting.everyCut,
  randomCuts: cutting.randomCuts,
  examplesRead: cutting.examplesRead,
  prompt: cutting.prompt,
  goodFramesFirst: cutting.goodFramesFirst,
  truncation: end.truncation,
  endIsTheFrame: end.endIsTheFrame,
  emptyStream: end.emptyStream,
  damagedCuts: cutting.damagedCuts,
  independent: cutting.independent,
  deadDecoder: end.deadDecoder,
  decoderLimit: limits.decoderLimit,
  encoderLimit: limits.encoderLimit,
  refusedEarly: limits.refusedEarly,
  limitIsPerFrame: limits.limitIsPerFrame,
  restIsAllOfIt: rest.restIsAllOfIt,
  restAtEveryCut: rest.restAtEveryCut,
  doneAtOnce: rest.doneAtOnce,
  bigCuts: cutting.bigCuts,
  bigTruncation: end.bigTruncation,
  oneFrameAtTheEnd: rest.oneFrameAtTheEnd,
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

export type LawName = keyof typeof lawTable
