import type { Codec, Stage } from '../types.ts'
import { stage } from './stage.ts'

/**
 * The stage that makes chunks of frames. Where the end of the stream is the end of the frame (close, half-close), a
 * fault in front of it makes the sink cut the connection, so that nobody takes half a message for a whole one.
 *
 * @example encode(length({ prefix: 4 }))
 */
export function encode<F>(codec: Codec<F>): Stage<F, Uint8Array> {
  return stage(`encode ${codec.name}`, () => codec.encoder(), { endIsFrame: codec.endIsFrame === true })
}
