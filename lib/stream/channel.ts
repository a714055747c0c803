/**
 * A bounded queue of batches between whoever pushes and the one who reads, with a rule for when it is full.
 */
import type { Drivable } from '../types.ts'
import { BoundedChannel } from './bounded-channel.ts'

/**
 * What happens to a push into a full channel: `strict` throws, `block` waits, `drop-oldest` makes room, `drop-newest`
 * throws the pushed batch away. The platform's names, see `node:stream/iter`.
 */
export type ChannelPolicy = 'strict' | 'block' | 'drop-oldest' | 'drop-newest'

export interface ChannelOptions {
  /** Batches that may wait (16). */
  capacity?: number
  /** The rule when so many wait (`strict`). */
  policy?: ChannelPolicy
}

/** The source is the channel itself. `Pushed` is `Promise<boolean>` where a push can wait, else `boolean`. */
export interface Channel<T, Pushed = boolean> extends Drivable<T> {
  /** Items that the policy dropped. */
  readonly dropped: number
  /** Batches that wait: those in the queue, and pushes that wait for room. None, once the reader has taken all of them. */
  readonly waiting: number
  /**
   * Hands a batch over; it must not be changed any more. False: nobody will read it, for the reader has left or the
   * channel was ended, so stop. A batch that the policy drops counts as taken; an empty one is skipped.
   *
   * @param options.signal takes a waiting batch back: the push rejects with the signal's reason (policy `block`)
   * @throws QueueFullError when it is full and the policy is `strict`; the channel lives on without the batch
   */
  push(batch: T[], options?: { signal?: AbortSignal }): Pushed
  /** Ends the stream behind what was pushed. */
  end(): void
  /** Ends it with a fault, behind what was pushed. The first of `end` and `fail` counts. */
  fail(error: unknown): void
}

/**
 * A channel.
 *
 * @throws InvalidOptionError
 * @example
 *   const ticks = channel<Uint8Array>({ policy: 'drop-oldest' })
 *   const timer = setInterval(() => ticks.push([now()]), 1000)
 *   await pipe(ticks, peer).finally(() => clearInterval(timer))
 */
export function channel<T>(options: ChannelOptions & { policy: 'block' }): Channel<T, Promise<boolean>>
export function channel<T>(options?: ChannelOptions & { policy?: Exclude<ChannelPolicy, 'block'> }): Channel<T>
export function channel<T>(options?: ChannelOptions): Channel<T, boolean | Promise<boolean>>
export function channel<T>(options?: ChannelOptions): Channel<T, boolean | Promise<boolean>> {
  return new BoundedChannel<T>(options)
}
