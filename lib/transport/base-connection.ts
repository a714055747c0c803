/**
 * What connections of every transport have in common: a source that is read once, a sink that is called once, and a
 * signal that is made when somebody asks for it (an idle connection has neither a closure nor a timer of its own).
 */
import { AbortedError, InUseError } from '../errors.ts'
import { Inlet } from '../stream/inlet.ts'
import { send } from '../stream/send.ts'
import type { Address, Connection, Outlet, OutletWatcher, Source } from '../types.ts'

export abstract class BaseConnection<T> implements Connection<T>, Outlet<T> {
  source: Inlet<T>
  abstract readonly local: Address
  abstract readonly remote: Address
  protected watcher: OutletWatcher | undefined
  /** Why the connection is gone; undefined while it lives. */
  protected death: { error: Error; inOrder: boolean } | undefined
  #sinkUsed = false
  #controller: AbortController | undefined

  constructor(weigh: (item: T) => number) {
    this.source = new Inlet(this, weigh)
  }

  /** For the inlet: hold the peer back, or let it go on. */
  abstract pause(): void
  abstract resume(): void
  abstract write(batch: readonly T[]): boolean
  abstract end(): void
  abstract close(options?: { lingerMs?: number }): Promise<void>
  /** Cuts the line; `gone` follows. */
  protected abstract cut(): void

  /** Needs no `this`, and costs nothing before it is asked for nor after it was called. */
  get sink(): (source: Source<T>) => Promise<void> {
    return (source) => {
      if (this.#sinkUsed) return Promise.reject(new InUseError("this connection's sink"))
      this.#sinkUsed = true
      return send(source, this, (reason) => this.abort(reason))
    }
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.death !== undefined) this.#controller.abort(this.death.error)
    }
    return this.#controller.signal
  }

  abort(reason?: unknown): void {
    if (this.death !== undefined) return
    this.gone(asError(reason))
    this.cut()
  }

  watch(on: OutletWatcher): void {
    this.watcher = on
    const { death } = this
    if (death !== undefined) queueMicrotask(() => on.closed(death.error))
  }

  /** Why the connection died, where it did not close in order. */
  get brokenBy(): Error | undefined {
    return this.death?.inOrder === false ? this.death.error : undefined
  }

  /** Bytes that went through in both directions, for telling a quiet connection from a busy one. */
  get moved(): number {
    return 0
  }

  /** For a closing connection: waits no longer for the peer's end. What was sent is with the kernel and still arrives. */
  abstract hangUp(): void

  /** For a dialog that is over: whoever reads next begins with what it left unread. */
  handOver(unread: T[]): void {
    this.source = this.source.successor(unread)
    this.watcher = undefined
  }

  /** Lets the reader see the end of the input now, whatever the peer still sends: a server that stops. */
  endInput(): void {
    this.source.end()
    this.pause()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Tells everybody who waits that the connection died. They hear it after the call that found it out. */
  protected gone(error: Error): void {
    if (this.death !== undefined) return
    this.death = { error, inOrder: false }
    queueMicrotask(() => {
      this.source.fail(error)
      this.watcher?.closed(error)
      this.#controller?.abort(error)
    })
  }

  /** The line is closed and nothing was lost: only the signal still has to say so. */
  protected over(error: Error): void {
    if (this.death !== undefined) return
    this.death = { error, inOrder: true }
    this.#controller?.abort(error)
  }
}

function asError(reason: unknown): Error {
  if (reason instanceof Error) return reason
  const why = reason === undefined ? 'the connection was aborted' : `the connection was aborted: ${String(reason)}`
  return new AbortedError(why, { cause: reason })
}
