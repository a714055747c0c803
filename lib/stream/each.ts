import type { Source } from '../types.ts'
import { nextTurn, turnIsOver } from './turn.ts'

/**
 * The items of a source one by one, for `for await`. Comfortable and about ten times slower than batches.
 *
 * @example for await (const line of each(pipe(peer, decode(lines)))) console.log(line)
 */
export async function* each<T>(source: Source<T>): AsyncGenerator<T, void, undefined> {
  for await (const batch of source) {
    for (const item of batch) yield item
    if (turnIsOver()) await nextTurn()
  }
}
