import type { Stage } from '../types.ts'
import { stage } from './stage.ts'

/**
 * Each item becomes any number of items. All of them are there at once, so what can grow without bound must be an
 * async transform instead.
 *
 * @example flatMap((line) => line.split(' '))
 */
export function flatMap<In, Out>(fn: (item: In) => Iterable<Out>): Stage<In, Out> {
  return stage('flatMap', () => ({
    push(batch, out) {
      for (const item of batch) for (const made of fn(item)) out.push(made)
    }
  }))
}
