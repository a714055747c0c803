/**
 * Pulls a channel: one delivery of its drive for each `next()`, and the drive is paused in between. So nothing is
 * queued here, and the channel's capacity is all that waits. Nothing is claimed before the first `next()`.
 */
import { DRIVE } from '../symbols.ts'
import type { Control, Receiver } from '../types.ts'
import type { BoundedChannel } from './bounded-channel.ts'
import { PullReader } from './pull-reader.ts'

export class ChannelReader<T> extends PullReader<T> implements Receiver<T> {
  readonly #channel: BoundedChannel<T>
  #control: Control | undefined

  constructor(channel: BoundedChannel<T>) {
    super()
    this.#channel = channel
  }

  override batch(batch: T[]): void {
    super.batch(batch)
    if (!this.asked) this.#control?.pause()
  }

  protected advance(): void {
    if (this.#control === undefined) this.#control = this.#channel[DRIVE](this)
    else this.#control.resume()
  }

  /** Who leaves before the first `next()` claims the channel all the same, so that the pushing side is told. */
  protected async leave(): Promise<void> {
    if (!this.#channel.claimed) this.#control = this.#channel[DRIVE](this)
    this.#control?.cancel()
  }
}
