import { InUseError } from '../errors.ts'
import type { Source } from '../types.ts'

/** Iterators that can be read once only, and were. Other iterables give every reader an iterator of its own. */
const spent = new WeakSet<object>()

/** Begins to read a source. @throws InUseError for a generator that somebody reads, or has read, already */
export function open<T>(source: Source<T>): AsyncIterator<T[]> {
  const iterator = source[Symbol.asyncIterator]()
  if ((iterator as unknown) === source) {
    if (spent.has(source)) throw new InUseError('this source')
    spent.add(source)
  }
  return iterator
}
