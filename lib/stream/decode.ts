import type { Codec, Stage } from '../types.ts'
import { stage } from './stage.ts'

/** The stage that makes frames of chunks. @example decode(length({ prefix: 4 })) */
export function decode<F>(codec: Codec<F>): Stage<Uint8Array, F> {
  return stage(`decode ${codec.name}`, () => codec.decoder())
}
