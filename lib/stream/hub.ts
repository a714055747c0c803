/**
 * One publisher, many subscribers. Each subscriber has a bounded channel of its own, so a slow one is handled by its own
 * policy and holds up nobody, neither the publisher nor the others.
 *
 * What is published in one tick goes out as one batch: a subscriber that keeps up is not taken for a slow one because a
 * publisher announces a hundred lines one by one. Each subscriber gets its own array; the items are shared.
 */
import { InvalidOptionError } from '../errors.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Receiver } from '../types.ts'
import { BoundedChannel } from './bounded-channel.ts'
import type { ChannelOptions, ChannelPolicy } from './channel.ts'

export interface SubscribeOptions extends ChannelOptions {
  /**
   * What becomes of a subscriber for whom `capacity` batches wait: `drop-oldest` and `drop-newest` keep it, `strict`
   * (the default) cuts it off: after what waits its source fails with a `QueueFullError`.
   */
  policy?: Exclude<ChannelPolicy, 'block'>
  /** Ends the subscription when aborted, behind what was published before. */
  signal?: AbortSignal
}

/** What a subscriber reads. */
export interface Subscription<T> extends Drivable<T> {
  /** Items that the policy dropped. */
  readonly dropped: number
}

export interface Hub<T> {
  /** Subscribers that read at present. */
  readonly size: number
  /** Gives the items to every subscriber. The array stays the caller's. After `end` nobody hears it. */
  publish(batch: readonly T[]): void
  /**
   * A source of what is published from its first read on: a pipeline begins to read in the call that composes it, and
   * who never reads costs nothing. It is left by ending to read, or by `signal`.
   *
   * @throws InvalidOptionError
   */
  subscribe(options?: SubscribeOptions): Subscription<T>
  /** Ends every subscription behind what was published, and those to come at once. */
  end(): void
}

/**
 * A hub.
 *
 * @example
 *   const news = hub<Uint8Array>()
 *   listener.on('message', (bytes) => news.publish([bytes]))
 *   const handler = (peer: Connection) => pipe(news.subscribe({ policy: 'drop-oldest' }), peer)
 */
export function hub<T>(): Hub<T> {
  return new BatchHub<T>()
}

class BatchHub<T> implements Hub<T> {
  readonly #members = new Set<HubChannel<T>>()
  /** Published in this tick. */
  #fresh: T[] = []
  #ended = false

  get size(): number {
    return this.#members.size
  }

  publish(batch: readonly T[]): void {
    if (this.#members.size === 0 || batch.length === 0) return
    if (this.#fresh.length === 0) queueMicrotask(() => this.#spread())
    for (const item of batch) this.#fresh.push(item)
  }

  subscribe(options: SubscribeOptions = {}): Subscription<T> {
    return new HubChannel<T>(this, options)
  }

  end(): void {
    this.#ended = true
    this.#spread()
    for (const member of this.#members) member.end()
  }

  /** From a subscription: its first read. It hears nothing of what was published before, also not in this tick. */
  join(member: HubChannel<T>): void {
    this.#spread()
    if (this.#ended) member.end()
    else this.#members.add(member)
  }

  /** From a subscription: its signal was aborted. */
  release(member: HubChannel<T>): void {
    this.#spread()
    member.end()
  }

  /** From a subscription: nothing more is for it. */
  leave(member: HubChannel<T>): void {
    this.#members.delete(member)
  }

  #spread(): void {
    const fresh = this.#fresh
    if (fresh.length === 0) return
    this.#fresh = []
    for (const member of this.#members) {
      try {
        member.push(fresh.slice())
      } catch (error) {
        member.fail(error)
      }
    }
  }
}

/** A subscriber's channel: a member of the hub from the first read until the reader leaves or the end is decided. */
class HubChannel<T> extends BoundedChannel<T> implements Subscription<T> {
  readonly #hub: BatchHub<T>
  readonly #signal: AbortSignal | undefined
  readonly #release = (): void => this.#hub.release(this)

  constructor(hub: BatchHub<T>, options: SubscribeOptions) {
    const { policy, signal } = options
    if ((policy as unknown) === 'block') {
      throw new InvalidOptionError('policy', policy, 'strict, drop-oldest or drop-newest, for nobody waits in a hub')
    }
    super(options)
    this.#hub = hub
    this.#signal = signal
  }

  override [DRIVE](to: Receiver<T>): Control {
    const control = super[DRIVE](to)
    this.#signal?.addEventListener('abort', this.#release, { once: true })
    this.#hub.join(this)
    if (this.#signal?.aborted === true) this.end()
    return control
  }

  override end(): void {
    this.#leave()
    super.end()
  }

  override fail(error: unknown): void {
    this.#leave()
    super.fail(error)
  }

  override cancel(): void {
    this.#leave()
    super.cancel()
  }

  #leave(): void {
    this.#signal?.removeEventListener('abort', this.#release)
    this.#hub.leave(this)
  }
}
