import type { Stage } from '../types.ts'
import { stage } from './stage.ts'

/**
 * Shows every item to `fn` and passes it on unchanged.
 *
 * @example tap((frame) => console.error('in', frame.byteLength))
 */
export function tap<T>(fn: (item: T) => void): Stage<T, T> {
  return stage('tap', () => ({
    push(batch, out) {
      for (const item of batch) {
        fn(item)
        out.push(item)
      }
    }
  }))
}
