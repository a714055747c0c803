import type { Sink } from '../types.ts'
import { nextTurn, turnIsOver } from './turn.ts'

/**
 * Calls `fn` with every item, one after the other; where it answers a promise, the next item waits for it.
 *
 * @example await pipe(socket, forEach(({ bytes, remote }) => console.log(remote, bytes)))
 */
export function forEach<T>(fn: (item: T) => void | Promise<void>): Sink<T> {
  return async (source) => {
    for await (const batch of source) {
      for (const item of batch) {
        const wait = fn(item)
        if (wait !== undefined) await wait
      }
      if (turnIsOver()) await nextTurn()
    }
  }
}
