import type { Sink } from '../types.ts'
import { nextTurn, turnIsOver } from './turn.ts'

/** Reads a stream to its end and throws everything away. @example await pipe(peer, tap(show), drain()) */
export function drain<T>(): Sink<T> {
  return async (source) => {
    for await (const _ of source) if (turnIsOver()) await nextTurn()
  }
}
