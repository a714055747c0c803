/**
 * The memory of a channel: so many batches and no more, all of them taken out at once as one.
 */
import { InvalidOptionError, QueueFullError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { ChannelOptions, ChannelPolicy } from './channel.ts'

const policies: readonly ChannelPolicy[] = ['strict', 'block', 'drop-oldest', 'drop-newest']

export class BatchQueue<T> {
  readonly capacity: number
  readonly policy: ChannelPolicy
  /** Items that the policy dropped. */
  dropped = 0
  /** A ring once `drop-oldest` has begun to overwrite: `#oldest` is where it starts. */
  #batches: T[][] = []
  #oldest = 0

  constructor({ capacity = limits.channelBatches, policy = 'strict' }: ChannelOptions) {
    this.capacity = wholeNumber('capacity', capacity)
    if (!policies.includes(policy)) throw new InvalidOptionError('policy', policy, `one of ${policies.join(', ')}`)
    this.policy = policy
  }

  get length(): number {
    return this.#batches.length
  }

  /** Takes a batch in, or does with it what the policy says. False: there is no room, wait for it. */
  offer(batch: T[]): boolean {
    const batches = this.#batches
    if (batches.length < this.capacity) {
      batches.push(batch)
    } else if (this.policy === 'strict') {
      throw new QueueFullError(this.capacity)
    } else if (this.policy === 'drop-newest') {
      this.dropped += batch.length
    } else if (this.policy === 'drop-oldest') {
      this.dropped += (batches[this.#oldest] as T[]).length
      batches[this.#oldest] = batch
      this.#oldest = (this.#oldest + 1) % this.capacity
    } else {
      return false
    }
    return true
  }

  takeAll(): T[] {
    const batches = this.#batches
    const oldest = this.#oldest
    if (batches.length === 1) return batches.pop() as T[]
    this.#batches = []
    this.#oldest = 0
    const all: T[] = []
    for (let index = 0; index < batches.length; index++) {
      for (const item of batches[(oldest + index) % batches.length] as T[]) all.push(item)
    }
    return all
  }
}
