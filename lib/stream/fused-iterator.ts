/**
 * Pulls a fused source: one `await` per upstream batch, then the whole chain in one loop.
 *
 * A source rejects once and is done after it. `return()` also settles a `next()` that waits for a silent upstream, as
 * far as the upstream's own `return()` does (sources of connections do, async generators cannot).
 */
import { channel } from 'node:diagnostics_channel'
import type { Chain } from './chain.ts'
import { DriveIterator } from './drive-iterator.ts'
import type { Fused } from './fused.ts'
import { open } from './open.ts'
import { nextTurn, turnIsOver } from './turn.ts'

/** Published with `{ error }` when a source fails to close behind an outcome that was decided already. */
const overruled = channel('it-serve:fault-overruled')

/** What a read answers when a frame did not end in its time. */
const late: IteratorResult<unknown[]> = { done: false, value: [] }
/** What stands for a read where the chain has not worked off the last one. */
const nothing: IteratorResult<unknown[]> = { done: false, value: [] }

export class FusedIterator<T> implements AsyncIterator<T[]> {
  readonly #fused: Fused<T>
  #chain: Chain<T> | undefined
  #upstream: AsyncIterator<unknown[]> | undefined
  #finished = false
  #ended = false
  #closing: Promise<void> | undefined
  #calls = 0
  #last: Promise<unknown> | undefined
  /** Ends a read that waits, because a frame is late. */
  #wake: (() => void) | undefined

  constructor(fused: Fused<T>) {
    this.#fused = fused
  }

  /** Answers come in the order of the calls, also when nobody waits for the one before. */
  next(): Promise<IteratorResult<T[]>> {
    const advance = (): Promise<IteratorResult<T[]>> => this.#advance()
    const result = this.#calls++ === 0 || this.#last === undefined ? advance() : this.#last.then(advance, advance)
    this.#last = result
    return result
  }

  async return(): Promise<IteratorResult<T[]>> {
    this.#finished = true
    if (this.#chain === undefined) this.#fused.claim.taken = true
    this.#chain?.release()
    await this.#upstream?.return?.()
    return { done: true, value: undefined }
  }

  async #advance(): Promise<IteratorResult<T[]>> {
    try {
      const out = await this.#pull()
      if (out.length > 0) return { done: false, value: out }
      await this.#closing
      const chain = this.#chain
      const failed = chain?.failed === true && !this.#finished
      this.#finished = true
      if (failed) throw chain.error
      return { done: true, value: undefined }
    } finally {
      this.#calls--
    }
  }

  /** Runs the chain until it puts something out; nothing means that the stream is over. */
  async #pull(): Promise<T[]> {
    const out: T[] = []
    if (this.#finished) return out
    const chain = this.#begin(out)
    while (out.length === 0 && !chain.over) {
      if (turnIsOver()) await nextTurn()
      const result = chain.busy ? nothing : await this.#read(chain)
      if (this.#finished) return []
      if (result.done === true) {
        this.#ended = true
        chain.end()
      } else if (result !== nothing) chain.take(result.value)
      if (!chain.over) chain.run(out)
      if (!chain.decided || this.#ended) continue
      this.#ended = true
      this.#closing ??= this.#close(result === late)
    }
    return out
  }

  /**
   * What is in `out` does not wait for it, the outcome does; that it fails does not change what was decided. A source that
   * is late may never close: it is not waited for.
   */
  async #close(isLate: boolean): Promise<void> {
    try {
      const returned = this.#upstream?.return?.()
      if (isLate) returned?.catch(() => {})
      else await returned
    } catch (error) {
      overruled.publish({ error })
    }
  }

  #begin(out: T[]): Chain<T> {
    if (this.#chain !== undefined) return this.#chain
    try {
      this.#chain = this.#fused.begin(() => this.#whenLate())
      this.#chain.pause()
    } catch (error) {
      this.#finished = true
      throw error
    }
    this.#chain.start(out)
    return this.#chain
  }

  async #read(chain: Chain<T>): Promise<IteratorResult<unknown[]>> {
    try {
      this.#upstream ??= this.#open(chain)
      if (!chain.timed) return await this.#upstream.next()
      chain.resume()
      const result = await this.#orLate(this.#upstream.next())
      chain.pause()
      return result
    } catch (error) {
      chain.release()
      if (this.#finished) return { done: true, value: undefined }
      this.#finished = true
      throw error
    }
  }

  /** Also where nobody reads at the moment, the source is closed. */
  #whenLate(): void {
    if (this.#wake === undefined) this.#closing ??= this.#close(true)
    else this.#wake()
  }

  /** Whoever watches over a connection asks its reader for frames. */
  #open(chain: Chain<T>): AsyncIterator<unknown[]> {
    const upstream = open<unknown>(this.#fused.upstream)
    if (upstream instanceof DriveIterator) upstream.framing = chain
    return upstream
  }

  async #orLate(read: Promise<IteratorResult<unknown[]>>): Promise<IteratorResult<unknown[]>> {
    try {
      return await new Promise((resolve, reject) => {
        this.#wake = () => resolve(late)
        read.then(resolve, reject)
      })
    } finally {
      this.#wake = undefined
    }
  }
}
