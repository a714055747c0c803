/**
 * The stage-like transform for what takes its time: `fn` answers a promise, and several may be on their way at once.
 */
import { InvalidOptionError } from '../errors.ts'
import { wholeNumber } from '../limits.ts'
import type { Source } from '../types.ts'
import { AsyncMapper } from './async-mapper.ts'
import { behind } from './upstream.ts'

export interface MapAsyncOptions {
  /** Items on their way at a time: begun, and their result not given out yet (1). */
  concurrency?: number
  /** Whether results keep the order of their items (true). Without, each comes as soon as it is there. */
  ordered?: boolean
}

/** What `fn` gets beside the item: a signal that is aborted when nobody wants the result any more. */
export interface MapAsyncContext {
  readonly signal: AbortSignal
}

/**
 * Each item becomes what `fn` resolves to. A plain transform: one run of stages ends here, the next begins behind.
 *
 * Results that are there together come as one batch. A `next()` begins as many items as there is room for, and the
 * source is read on only when all items of a batch were begun and there is still room.
 *
 * A fault of `fn` comes behind the results of the items before it (not `ordered`: behind those that were there before
 * it); the others are aborted, awaited and thrown away. A fault of the source comes behind the results of all its items;
 * should one of those fail too, that is the fault. Who stops reading aborts and awaits them likewise.
 *
 * @throws InvalidOptionError
 * @example
 *   const lookUp = mapAsync((name: string, { signal }) => resolve(name, signal), { concurrency: 8 })
 *   await pipe(peer, decode(lines), lookUp, encode(lines), peer)
 */
export function mapAsync<In, Out>(
  fn: (item: In, context: MapAsyncContext) => Out | Promise<Out>,
  { concurrency = 1, ordered = true }: MapAsyncOptions = {}
): (source: Source<In>) => Source<Out> {
  wholeNumber('concurrency', concurrency)
  if (typeof ordered !== 'boolean') throw new InvalidOptionError('ordered', ordered, 'true or false')
  const options = { concurrency, ordered }
  return (source) => behind('mapAsync', source, (upstream) => new AsyncMapper(upstream, fn, options))
}
