/**
 * One run of `bodies`: the stream of frames and the body that is open read from the same upstream, one at a time.
 *
 * Asking for the next frame throws away what is left of the body, so that nobody can be stuck behind a body that nobody
 * reads. Reading such a body afterwards is a fault: what is gone must not look like an end.
 */
import { BodyBegin, BodyData, BodyEnd } from '../body.ts'
import { AbortedError, InUseError } from '../errors.ts'
import type { Source } from '../types.ts'
import type { Body } from './bodies.ts'
import type { Upstream } from './upstream.ts'

/** A body as its reader sees it: bytes to come, all come, or thrown away. */
interface OpenBody {
  state: 'open' | 'ended' | 'gone'
}

export class BodiesReader<T, H> implements AsyncIterator<(T | Body<H>)[]> {
  readonly #upstream: Upstream<T>
  #batch: T[] = []
  #at = 0
  #open: OpenBody | undefined
  #fault: { error: unknown } | undefined
  /** What is done at the moment: reads wait for each other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(upstream: Upstream<T>) {
    this.#upstream = upstream
  }

  next(): Promise<IteratorResult<(T | Body<H>)[]>> {
    return this.#alone(async () => {
      await this.#throwAway()
      do {
        const items = this.#items()
        if (items.length > 0) return { done: false, value: items }
      } while (await this.#more())
      return { done: true, value: undefined }
    })
  }

  async return(): Promise<IteratorResult<(T | Body<H>)[]>> {
    if (this.#open !== undefined) this.#open.state = 'gone'
    this.#open = undefined
    this.#batch = []
    await this.#upstream.close()
    return { done: true, value: undefined }
  }

  /** What is at hand up to the next body, or that body alone. */
  #items(): (T | Body<H>)[] {
    const items: (T | Body<H>)[] = []
    for (; this.#at < this.#batch.length; this.#at++) {
      const item = this.#batch[this.#at] as T
      if (!(item instanceof BodyBegin)) items.push(item)
      else if (items.length > 0) return items
      else {
        this.#at++
        return [this.#body(item as BodyBegin<H>)]
      }
    }
    return items
  }

  #body({ header, length }: BodyBegin<H>): Body<H> {
    const open: OpenBody = { state: 'open' }
    this.#open = open
    return { header, length, body: this.#source(open) }
  }

  #source(open: OpenBody): Source<Uint8Array> {
    let taken = false
    return {
      [Symbol.asyncIterator]: () => {
        if (taken) throw new InUseError('this body')
        taken = true
        let left = false
        const done = { done: true, value: undefined } as const
        return {
          next: () => (left ? Promise.resolve(done) : this.#alone(() => this.#read(open))),
          return: () => {
            left = true
            return Promise.resolve(done)
          }
        }
      }
    }
  }

  async #read(open: OpenBody): Promise<IteratorResult<Uint8Array[]>> {
    while (open.state === 'open') {
      const pieces = this.#pieces(open)
      if (pieces.length > 0) return { done: false, value: pieces }
      if (open.state === 'open' && !(await this.#more()) && open.state === 'open') open.state = 'gone'
    }
    if (open.state === 'gone') throw new AbortedError('this body was thrown away before it was read to its end')
    return { done: true, value: undefined }
  }

  /** The bytes of the open body that are at hand. */
  #pieces(open: OpenBody): Uint8Array[] {
    const pieces: Uint8Array[] = []
    while (this.#at < this.#batch.length) {
      const item = this.#batch[this.#at++]
      if (item instanceof BodyData) pieces.push(item.bytes)
      if (!(item instanceof BodyEnd)) continue
      open.state = 'ended'
      this.#open = undefined
      break
    }
    return pieces
  }

  async #throwAway(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    let thrown = 0
    do thrown += this.#pieces(open).length
    while (open.state === 'open' && (await this.#more()))
    // Whoever reads on must not take the rest for nothing.
    if (thrown > 0) open.state = 'gone'
    this.#open = undefined
  }

  /** The next batch; false where there is none. A fault is told to the reader of a body and to the reader of the frames. */
  async #more(): Promise<boolean> {
    if (this.#fault !== undefined) {
      const { error } = this.#fault
      this.#fault = undefined
      throw error
    }
    try {
      this.#batch = (await this.#upstream.read()) ?? []
    } catch (error) {
      this.#batch = []
      if (this.#open !== undefined) {
        this.#open = undefined
        this.#fault = { error }
      }
      throw error
    }
    this.#at = 0
    return this.#batch.length > 0
  }

  #alone<R>(read: () => Promise<R>): Promise<R> {
    const result = this.#turn.then(read, read)
    this.#turn = result
    return result
  }
}
