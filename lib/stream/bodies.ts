import type { BodyPart } from '../body.ts'
import type { Source } from '../types.ts'
import { BodiesReader } from './bodies-reader.ts'
import { behind, type Upstream } from './upstream.ts'

/** A frame that is read while it arrives. */
export interface Body<H = unknown> {
  /** What stood in front of it, where the codec reads headers. */
  readonly header: H
  /** Its bytes; undefined where only the end will tell. */
  readonly length: number | undefined
  /**
   * Its bytes, to be read before the next frame is asked for: asking for that throws away what was not read. Ends with the
   * frame, and fails where the stream is cut inside it.
   */
  readonly body: Source<Uint8Array>
}

/**
 * The transform that makes readable bodies of frames in parts (`onOversize: 'body'`, `asBodies: true`); whole frames
 * pass as they are. A body is given out alone and at its beginning, and nothing is read ahead of its reader: so a frame
 * of any size goes through in little memory.
 *
 * @example
 *   pipe(peer, decode(length({ prefix: 8 }), { asBodies: true }), bodies(), async function* (source) {
 *     for await (const [file] of source) {
 *       await pipeline(each(file.body), createWriteStream(path))
 *       yield ['stored']
 *     }
 *   }, encode(line), peer)
 */
export function bodies<T, H = unknown>(): (source: Source<T>) => Source<Exclude<T, BodyPart> | Body<H>> {
  return (source) =>
    behind('bodies', source, (upstream) => new BodiesReader<Exclude<T, BodyPart>, H>(upstream as Upstream<never>))
}
