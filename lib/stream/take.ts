import { wholeNumber } from '../limits.ts'
import { DONE } from '../symbols.ts'
import type { Stage } from '../types.ts'
import { stage } from './stage.ts'

/**
 * The first `count` items, then the end. Reading stops there; the connection in front stays open.
 * `take(0)` ends before anything is read.
 *
 * @throws InvalidOptionError unless `count` is a whole number of at least 0
 */
export function take<T>(count: number): Stage<T, T> {
  wholeNumber('take count', count, 0)
  return stage('take', () => {
    let left = count
    return {
      done: count === 0,
      push(batch, out) {
        for (const item of batch) {
          if (left === 0) break
          left--
          out.push(item)
        }
        return left === 0 ? DONE : undefined
      }
    }
  })
}
