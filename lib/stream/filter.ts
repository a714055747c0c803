import type { Stage } from '../types.ts'
import { stage } from './stage.ts'

/**
 * Keeps the items for which `fn` answers true.
 *
 * @example filter((line) => line !== '')
 */
export function filter<In, Out extends In>(fn: (item: In) => item is Out): Stage<In, Out>
export function filter<T>(fn: (item: T) => boolean): Stage<T, T>
export function filter<T>(fn: (item: T) => boolean): Stage<T, T> {
  return stage('filter', () => ({
    push(batch, out) {
      for (const item of batch) if (fn(item)) out.push(item)
    }
  }))
}
