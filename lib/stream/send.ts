/**
 * What a connection's sink does: write a stream into an outlet, end our half, settle when that is with the kernel.
 *
 * A source that can be driven is driven: each batch is written in the call in which it arrived. Any other is pulled.
 * Either way the writer waits for room, and the promise rejects at once when the connection dies, even while the source
 * is silent. A fault of the source ends nothing: who opened the connection says how it closes. Only where the end itself
 * would complete a frame is the connection cut, so that half a message is never taken for a whole one.
 */
import { AbortedError } from '../errors.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Outlet, OutletWatcher, Receiver, Source } from '../types.ts'
import { endIsFrame, isDrivable } from './fused.ts'
import { nextTurn, turnIsOver } from './turn.ts'

/** @param abort cuts the connection with a reason */
export function send<T>(source: Source<T>, outlet: Outlet<T>, abort: (reason: unknown) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const Kind = isDrivable(source) ? DrivenSender<T> : PulledSender<T>
    const sender = new Kind(outlet, resolve, reject, endIsFrame(source) ? abort : undefined)
    try {
      sender.start(source as Drivable<T>)
    } catch (error) {
      sender.fault(error)
    }
    outlet.watch(sender)
  })
}

abstract class Sender<T> implements OutletWatcher {
  protected readonly outlet: Outlet<T>
  protected settled = false
  readonly #resolve: () => void
  readonly #reject: (error: unknown) => void
  readonly #cut: ((reason: unknown) => void) | undefined

  constructor(
    outlet: Outlet<T>,
    resolve: () => void,
    reject: (error: unknown) => void,
    cut: ((reason: unknown) => void) | undefined
  ) {
    this.outlet = outlet
    this.#resolve = resolve
    this.#reject = reject
    this.#cut = cut
  }

  abstract drained(): void
  protected abstract release(): void

  finished(): void {
    this.settled = true
    this.#resolve()
  }

  closed(error: Error): void {
    if (this.settled) return
    this.settled = true
    this.#reject(error)
    this.release()
  }

  fault(error: unknown): void {
    if (this.settled) return
    this.settled = true
    this.#cut?.(new AbortedError('what ends with the connection failed in front of its end', { cause: error }))
    this.#reject(error)
  }

  /** An outlet throws at items that are not bytes: somebody left out the encoder. */
  protected write(batch: readonly T[]): boolean {
    try {
      return this.outlet.write(batch)
    } catch (error) {
      this.fault(error)
      this.release()
      return true
    }
  }
}

class DrivenSender<T> extends Sender<T> implements Receiver<T> {
  #control: Control | undefined

  start(source: Drivable<T>): void {
    this.#control = source[DRIVE](this)
  }

  batch(batch: T[]): boolean {
    if (!this.settled && !this.write(batch) && !this.settled) this.#control?.pause()
    return this.outlet.flushed === true
  }

  end(): void {
    if (!this.settled) this.outlet.end()
  }

  drained(): void {
    if (!this.settled) this.#control?.resume()
  }

  protected release(): void {
    this.#control?.cancel()
  }
}

class PulledSender<T> extends Sender<T> {
  #iterator: AsyncIterator<T[]> | undefined
  #room: (() => void) | undefined

  start(source: Source<T>): void {
    this.#iterator = source[Symbol.asyncIterator]()
    this.#pump(this.#iterator).catch((error: unknown) => this.fault(error))
  }

  drained(): void {
    this.#room?.()
  }

  /** Does not wait for the source: a generator that awaits something silent cannot be returned. */
  protected release(): void {
    this.#room?.()
    this.#iterator?.return?.()?.then(undefined, () => {})
  }

  async #pump(iterator: AsyncIterator<T[]>): Promise<void> {
    while (!this.settled) {
      const { done, value } = await iterator.next()
      if (this.settled) return
      if (done === true) {
        this.outlet.end()
        return
      }
      if (value.length > 0 && !this.write(value)) await this.#waitForRoom()
      if (turnIsOver()) await nextTurn()
    }
  }

  #waitForRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#room = resolve
    })
  }
}
