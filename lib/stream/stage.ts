/**
 * Makes a stage: the recipe of a step that is at the same time a function from source to source.
 */
import type { FrameDeadlineRule, Source, Stage, Step } from '../types.ts'
import { fuse } from './fused.ts'

/**
 * A stage that runs `begin()`'s step over each stream it is called on. Neighbouring stages fuse into one loop.
 *
 * @param label how errors and taps speak of it
 * @throws TypeError when called without a source, as the first thing in a pipe
 * @example
 *   const double = stage<number, number>('double', () => ({
 *     push (batch, out) { for (const n of batch) out.push(n * 2) }
 *   }))
 *   await pipe(numbers, double, collect())
 */
export function stage<In, Out>(
  label: string,
  begin: () => Step<In, Out>,
  { endIsFrame = false, deadline }: { endIsFrame?: boolean; deadline?: FrameDeadlineRule } = {}
): Stage<In, Out> {
  const made: Stage<In, Out> = Object.assign(
    (source: Source<In>): Source<Out> => {
      if (source === undefined || source === null || !(Symbol.asyncIterator in source)) {
        throw new TypeError(`${label} is a stage and needs a source of batches in front of it (see batched)`)
      }
      return fuse(source, made)
    },
    deadline === undefined ? { label, begin, endIsFrame } : { label, begin, endIsFrame, deadline }
  )
  return made
}
