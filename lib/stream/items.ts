/**
 * The door for transforms of the `it-*` world, which work item by item.
 */
import type { Source } from '../types.ts'
import { ItemsReader } from './items-reader.ts'
import { behind } from './upstream.ts'

/** A transform that knows no batches. */
export type ItemTransform<A, B> = (source: AsyncIterable<A>) => AsyncIterable<B> | Iterable<B>

/**
 * Makes a batched transform of one that works item by item. Each time the inner one asks for input beyond what it was
 * fed, what it gave until then goes out as one batch; what it gives slowly, or without asking for more, goes out at the
 * latest when the event loop turns. A plain transform, so one run of stages ends here and the next begins behind.
 *
 * Whoever stops reading waits, as behind any async generator, for what the inner one awaits at that moment; an inner one
 * that awaits its input gets an `AbortedError` there.
 *
 * @example
 *   import * as lp from 'it-length-prefixed'
 *   await pipe(peer, items((source) => lp.decode(source)), map((frame) => frame.subarray()), peer)
 */
export function items<A, B>(transform: ItemTransform<A, B>): (source: Source<A>) => Source<B> {
  return (source) => behind('items', source, (upstream) => new ItemsReader(upstream, transform))
}
