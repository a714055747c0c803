import type { Stage } from '../types.ts'
import { stage } from './stage.ts'

/**
 * Each item becomes what `fn` answers. Synchronous; for a promise see `mapAsync`. A throw of `fn` is a fault behind
 * the items before it.
 *
 * @example pipe(peer, decode(question), map((asked) => answers.get(asked) ?? unknown), encode(answer), peer)
 */
export function map<In, Out>(fn: (item: In) => Out): Stage<In, Out> {
  return stage('map', () => ({
    push(batch, out) {
      for (let index = 0; index < batch.length; index++) out.push(fn(batch[index] as In))
    }
  }))
}
