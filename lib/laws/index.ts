/** The door of `it-serve/laws`: what the tests of codecs, servers and clients are made of. */

export { type ExplainOptions, explain } from '../codec/explain.ts'
export { type MemoryOptions, memoryPair } from '../transport/memory.ts'
export type { Clock, Codec, Decoder, DecoderRun, Step } from '../types.ts'
export { type CheckOptions, checkCodec } from './check-codec.ts'
export { type FakeClock, fakeClock } from './fake-clock.ts'
export { LawError } from './law-error.ts'
export type { LawName } from './law-table.ts'
export type { BigFrame, CutOff, Example, LimitCase } from './subject.ts'
