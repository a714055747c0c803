/**
 * What connections of every transport have in common: a source that is read once, a sink that is called once, a signal
 * that is made when somebody asks for it, and who is told when it ends.
 *
 * A connection is open, then closing (our side is through with it) or not, then dead: in order, or broken. Whoever waits
 * hears of it after the call that brought it about, never inside.
 */
import { AbortedError, InUseError, WriteAfterEndError } from '../errors.ts'
import { Inlet } from '../stream/inlet.ts'
import { send } from '../stream/send.ts'
import type { Address, Connection, Outlet, OutletWatcher, Source } from '../types.ts'
import type { Meter } from './meter.ts'

/** How a connection came to its end. The error of one that ended in order is made for who asks: most connections have none. */
class Death {
  readonly inOrder: boolean
  #error: Error | undefined

  constructor(error?: Error) {
    this.#error = error
    this.inOrder = error === undefined
  }

  get error(): Error {
    this.#error ??= new AbortedError('the connection is closed')
    return this.#error
  }
}

export abstract class BaseConnection<T> implements Connection<T>, Outlet<T> {
  source: Inlet<T>
  abstract readonly local: Address
  abstract readonly remote: Address
  /** Is told of bytes as they come and go. */
  meter: Meter | undefined
  /** What lies over it and has a last word before our half ends. */
  layer: { end(): void } | undefined
  /** The reader was told that the input is over, and the peer had not said so. */
  inputEndedByUs = false
  protected watcher: OutletWatcher | undefined
  /** Why the connection is gone; undefined while it lives. */
  protected death: Death | undefined
  #closed: Promise<void> | undefined
  #sinkUsed = false
  /** A writer hears one outcome. */
  #writerTold = false
  #controller: AbortController | undefined

  constructor(weigh: (item: T) => number) {
    this.source = new Inlet(this, weigh)
  }

  /** For the inlet: hold the peer back, or let it go on. */
  abstract pause(): void
  abstract resume(): void
  abstract write(batch: readonly T[]): boolean
  abstract end(): void
  /** Whether `end` was called: then the sink is through, and its outcome is still to come. */
  protected abstract readonly ended: boolean
  /** For a closing connection: waits no longer for the peer's end. What was sent is with the kernel and still arrives. */
  abstract hangUp(): void
  /** Cuts the line. `gone` was called. */
  protected abstract cut(): void
  /** Ends gently, resolves when the line is closed. Reader and writer were told. */
  protected abstract finish(lingerMs: number | undefined): Promise<void>

  /** Needs no `this`, and costs nothing before it is asked for nor after it was called. */
  get sink(): (source: Source<T>) => Promise<void> {
    return (source) => {
      if (this.#sinkUsed) return Promise.reject(new InUseError("this connection's sink"))
      if (this.ended && this.death === undefined) return Promise.reject(new WriteAfterEndError())
      if (this.#closed !== undefined) return Promise.reject(closedByUs())
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

  close({ lingerMs }: { lingerMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(lingerMs)
    return this.#closed
  }

  watch(on: OutletWatcher): void {
    this.watcher = on
    this.#writerTold = false
    const { death } = this
    if (death !== undefined) queueMicrotask(() => this.#tellWriter(death.error))
  }

  /** Why the connection died, where it did not close in order. */
  get brokenBy(): Error | undefined {
    return this.death?.inOrder === false ? this.death.error : undefined
  }

  /** Bytes that the peer sent and we have read. */
  get taken(): number {
    return 0
  }

  /** Bytes that we wrote and the peer, or the kernel for it, has taken. */
  get given(): number {
    return 0
  }

  /** Bytes that we wrote and that still wait in this process. */
  get queued(): number {
    return 0
  }

  /** Bytes that went through in both directions, for telling a quiet connection from a busy one. */
  get moved(): number {
    return this.taken + this.given
  }

  /** Bytes that this connection keeps in memory: written and not gone, read and not through. */
  get buffered(): number {
    return this.death === undefined ? this.queued + this.source.held : 0
  }

  /** Whether it is over, in order or not. */
  get dead(): boolean {
    return this.death !== undefined
  }

  /** For a dialog that is over: whoever reads next begins with what it left unread. */
  handOver(unread: T[]): void {
    this.source = this.source.successor(unread)
    this.watcher = undefined
  }

  /** Lets the reader see the end of the input now, or a fault in its place, whatever the peer still sends. */
  endInput(fault?: Error): void {
    this.inputEndedByUs = true
    if (fault === undefined) this.source.end()
    else this.source.fail(fault)
    this.pause()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Everything written and our end are with the kernel. */
  protected sent(): void {
    if (this.#writerTold) return
    this.#writerTold = true
    this.watcher?.finished()
  }

  /** Tells everybody who waits that the connection broke. */
  protected gone(error: Error): void {
    this.#die(new Death(error))
  }

  /** The line is closed and nothing was lost. A writer that came too late is told so. */
  protected over(): void {
    this.#die(new Death())
  }

  /** In a turn of its own: a step may close its connection, and what it put out before still travels on. */
  async #close(lingerMs: number | undefined): Promise<void> {
    await undefined
    if (this.death === undefined) {
      this.layer?.end()
      const tellsWriter = !this.ended && this.#writerWaits
      if (tellsWriter || !this.source.settled) {
        const error = closedByUs()
        if (tellsWriter) this.#tellWriter(error)
        this.source.fail(error)
      }
    }
    await this.finish(lingerMs)
  }

  get #writerWaits(): boolean {
    return !this.#writerTold && this.watcher !== undefined
  }

  #tellWriter(error: Error): void {
    if (!this.#writerWaits) return
    this.#writerTold = true
    this.watcher?.closed(error)
  }

  #die(death: Death): void {
    if (this.death !== undefined) return
    this.death = death
    if (this.source.settled && !this.#writerWaits && this.#controller === undefined) return
    queueMicrotask(() => {
      this.source.fail(death.error)
      this.#tellWriter(death.error)
      this.#controller?.abort(death.error)
    })
  }
}

function closedByUs(): AbortedError {
  return new AbortedError('the connection was closed by our side')
}

function asError(reason: unknown): Error {
  if (reason instanceof Error) return reason
  const why = reason === undefined ? 'the connection was aborted' : `the connection was aborted: ${String(reason)}`
  return new AbortedError(why, { cause: reason })
}

/** @throws TypeError for what is no bytes: somebody left out the encoder */
export function requireBytes(item: unknown): void {
  if (!(item instanceof Uint8Array))
    throw new TypeError(`a connection takes bytes, not ${typeof item}: encode frames first`)
}
