/**
 * it-pipe's `pipe` behind types that infer: `map((asked) => ...)` knows what the decoder in front gives out, and a
 * neighbour that does not fit is a type error at its own place.
 */
import { pipe as itPipe } from 'it-pipe'
import type { Source } from '../types.ts'

/** What a pipe starts from: a source, something that has one, or a function that makes one. */
export type PipeHead<A> = Source<A> | { readonly source: Source<A> } | (() => Source<A>)
/** What stands inside a pipe: a stage, a transform, or a connection (all goes into it, and its answer comes out). */
export type PipePart<A, B> =
  | ((source: Source<A>) => Source<B>)
  | { readonly source: Source<B>; readonly sink: (source: Source<A>) => Promise<void> }
/** What a pipe ends in: a sink, something that has one, or one more part. */
export type PipeTail<A, R> = ((source: Source<A>) => R) | { readonly sink: (source: Source<A>) => R }

/**
 * Connects a source through any number of parts to a sink, and answers what the last of them answers.
 *
 * @throws TypeError when a stage stands where the source should
 * @example await pipe(peer, decode(question), map(reply), encode(answer), peer)
 */
export function pipe<A>(head: PipeHead<A>): Source<A>
export function pipe<A, R>(head: PipeHead<A>, tail: PipeTail<A, R>): R
export function pipe<A, B, R>(head: PipeHead<A>, p1: PipePart<A, B>, tail: PipeTail<B, R>): R
export function pipe<A, B, C, R>(head: PipeHead<A>, p1: PipePart<A, B>, p2: PipePart<B, C>, tail: PipeTail<C, R>): R
export function pipe<A, B, C, D, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  tail: PipeTail<D, R>
): R
export function pipe<A, B, C, D, E, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  p4: PipePart<D, E>,
  tail: PipeTail<E, R>
): R
export function pipe<A, B, C, D, E, F, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  p4: PipePart<D, E>,
  p5: PipePart<E, F>,
  tail: PipeTail<F, R>
): R
export function pipe<A, B, C, D, E, F, G, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  p4: PipePart<D, E>,
  p5: PipePart<E, F>,
  p6: PipePart<F, G>,
  tail: PipeTail<G, R>
): R
export function pipe<A, B, C, D, E, F, G, H, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  p4: PipePart<D, E>,
  p5: PipePart<E, F>,
  p6: PipePart<F, G>,
  p7: PipePart<G, H>,
  tail: PipeTail<H, R>
): R
export function pipe<A, B, C, D, E, F, G, H, I, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  p4: PipePart<D, E>,
  p5: PipePart<E, F>,
  p6: PipePart<F, G>,
  p7: PipePart<G, H>,
  p8: PipePart<H, I>,
  tail: PipeTail<I, R>
): R
export function pipe<A, B, C, D, E, F, G, H, I, J, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  p4: PipePart<D, E>,
  p5: PipePart<E, F>,
  p6: PipePart<F, G>,
  p7: PipePart<G, H>,
  p8: PipePart<H, I>,
  p9: PipePart<I, J>,
  tail: PipeTail<J, R>
): R
export function pipe<A, B, C, D, E, F, G, H, I, J, K, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  p4: PipePart<D, E>,
  p5: PipePart<E, F>,
  p6: PipePart<F, G>,
  p7: PipePart<G, H>,
  p8: PipePart<H, I>,
  p9: PipePart<I, J>,
  p10: PipePart<J, K>,
  tail: PipeTail<K, R>
): R
export function pipe<A, B, C, D, E, F, G, H, I, J, K, L, R>(
  head: PipeHead<A>,
  p1: PipePart<A, B>,
  p2: PipePart<B, C>,
  p3: PipePart<C, D>,
  p4: PipePart<D, E>,
  p5: PipePart<E, F>,
  p6: PipePart<F, G>,
  p7: PipePart<G, H>,
  p8: PipePart<H, I>,
  p9: PipePart<I, J>,
  p10: PipePart<J, K>,
  p11: PipePart<K, L>,
  tail: PipeTail<L, R>
): R
export function pipe(...parts: unknown[]): unknown {
  const last = parts.length - 1
  const plain = parts.map((part, index) => (index === 0 ? sourceOf(part) : index === last ? sinkOf(part) : part))
  return (itPipe as (...all: unknown[]) => unknown)(...plain)
}

/** it-pipe takes the source of what has both halves only; a thing that has just a source will do here. */
function sourceOf(head: unknown): unknown {
  return isObject(head) && !(Symbol.asyncIterator in head) && 'source' in head ? head.source : head
}

function sinkOf(tail: unknown): unknown {
  return isObject(tail) && 'sink' in tail ? tail.sink : tail
}

function isObject(part: unknown): part is object {
  return typeof part === 'object' && part !== null
}
