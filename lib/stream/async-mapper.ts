/**
 * One run of `mapAsync`.
 *
 * What bounds it is the number of items begun whose result was not given out: a finished result that waits for its turn,
 * or for the reader, takes up room as a running one does. So whatever is slow, reader or `fn`, holds back the source.
 *
 * A fault decides the outcome when its turn has come, and then at once: the signal is aborted, the source returned, and
 * what still runs awaited, all while the reader may yet be busy with the results before it.
 */
import { channel } from 'node:diagnostics_channel'
import { setMaxListeners } from 'node:events'
import { AbortedError } from '../errors.ts'
import type { MapAsyncContext, MapAsyncOptions } from './map-async.ts'
import { PullReader } from './pull-reader.ts'
import type { Upstream } from './upstream.ts'

const overruled = channel('it-serve:fault-overruled')

type Outcome<Out> = { readonly value: Out } | { readonly error: unknown }

/** An item's place in line. */
interface Slot<Out> {
  outcome: Outcome<Out> | undefined
}

export class AsyncMapper<In, Out> extends PullReader<Out> {
  readonly #upstream: Upstream<In>
  readonly #fn: (item: In, context: MapAsyncContext) => Out | Promise<Out>
  readonly #concurrency: number
  readonly #ordered: boolean
  readonly #controller = new AbortController()
  readonly #context: MapAsyncContext = { signal: this.#controller.signal }
  #input: In[] = []
  #next = 0
  #inputFault: { error: unknown } | undefined
  /** Until what was read stands in `#input`: a moment longer than the upstream itself reads. */
  #reading = false
  /** Items begun whose result was not given out. */
  #begun = 0
  #running = 0
  #whenIdle: (() => void) | undefined
  /** With `ordered`: the items whose turn has not come. */
  readonly #line: Slot<Out>[] = []
  #ready: Out[] = []
  #scheduled = false
  /** Some item failed, its turn may be still to come: nothing more is begun. */
  #failed = false
  #fault: { error: unknown } | undefined
  #closed: Promise<void> | undefined

  constructor(
    upstream: Upstream<In>,
    fn: (item: In, context: MapAsyncContext) => Out | Promise<Out>,
    { concurrency, ordered }: Required<MapAsyncOptions>
  ) {
    super()
    this.#upstream = upstream
    this.#fn = fn
    this.#concurrency = concurrency
    this.#ordered = ordered
    // Every item that runs may listen to it; Node warns of a leak at eleven.
    setMaxListeners(0, this.#context.signal)
  }

  protected advance(): void {
    this.#answer()
    this.#fill()
  }

  protected leave(): Promise<void> {
    this.#closed ??= this.#close(new AbortedError('the reader of mapAsync left'))
    return this.#closed
  }

  #answer(): void {
    while (this.asked && this.#ready.length > 0) {
      const ready = this.#ready
      this.#ready = []
      this.#begun -= ready.length
      this.batch(ready)
    }
    if (!this.asked) return
    const fault = this.#fault
    if (fault !== undefined) this.#closed?.then(() => this.fault(fault.error))
    else if (!this.#upstream.over || this.#reading || this.#begun > 0) return
    else if (this.#inputFault !== undefined) this.fault(this.#inputFault.error)
    else this.end()
  }

  #fill(): void {
    while (this.#begun < this.#concurrency && !this.over && !this.#failed) {
      if (this.#next === this.#input.length) {
        if (!this.#reading && !this.#upstream.over) this.#read()
        return
      }
      this.#begun++
      this.#running++
      this.#run(this.#input[this.#next++] as In)
    }
  }

  async #read(): Promise<void> {
    this.#reading = true
    try {
      this.#input = (await this.#upstream.read()) ?? []
      this.#next = 0
    } catch (error) {
      this.#inputFault = { error }
    }
    this.#reading = false
    this.#fill()
    this.#answer()
  }

  async #run(item: In): Promise<void> {
    const slot: Slot<Out> = { outcome: undefined }
    if (this.#ordered) this.#line.push(slot)
    try {
      slot.outcome = { value: await this.#fn(item, this.#context) }
    } catch (error) {
      slot.outcome = { error }
      this.#failed = true
    }
    this.#running--
    if (this.#running === 0) this.#whenIdle?.()
    if (this.over || this.#fault !== undefined) return
    if (!this.#ordered) this.#take(slot.outcome)
    while (this.#line[0]?.outcome !== undefined && this.#fault === undefined) {
      this.#take((this.#line.shift() as Slot<Out>).outcome as Outcome<Out>)
    }
    this.#answerSoon()
  }

  #take(outcome: Outcome<Out>): void {
    if ('value' in outcome) {
      this.#ready.push(outcome.value)
      return
    }
    if (this.#inputFault !== undefined) overruled.publish({ error: this.#inputFault.error })
    this.#fault = outcome
    this.#closed = this.#close(outcome.error).catch((error: unknown) => overruled.publish({ error }))
  }

  /** Waits for what becomes ready in the same tick, so that it goes out as one batch. */
  #answerSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#answer()
      if (this.asked) this.#fill()
    })
  }

  async #close(reason: unknown): Promise<void> {
    this.#controller.abort(reason)
    const idle = this.#running === 0 || new Promise<void>((resolve) => (this.#whenIdle = resolve))
    const [closed] = await Promise.allSettled([this.#upstream.close(), idle])
    if (closed.status === 'rejected') throw closed.reason
  }
}
