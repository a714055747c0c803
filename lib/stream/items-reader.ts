/**
 * One run of `items`: the inner transform reads a feed of single items and is itself read item by item.
 *
 * Both of its ends are watched at once, for it may read ahead: a result that comes while its next input is still awaited
 * goes out and does not wait with it. Nothing is asked of it, nor read for it, that nobody asked of us.
 */
import { AbortedError } from '../errors.ts'
import type { ItemTransform } from './items.ts'
import { PullReader } from './pull-reader.ts'
import { nextTurn, turnIsOver } from './turn.ts'
import type { Upstream } from './upstream.ts'

/** A read of the inner transform that waits for input. */
interface Ask<A> {
  resolve(result: IteratorResult<A>): void
  reject(error: unknown): void
}

export class ItemsReader<A, B> extends PullReader<B> {
  readonly #upstream: Upstream<A>
  readonly #transform: ItemTransform<A, B>
  #inner: AsyncIterator<B> | Iterator<B> | undefined
  #pumping = false
  /** Until what was read stands in `#input`: a moment longer than the upstream itself reads. */
  #reading = false
  #innerOver = false
  #fault: { error: unknown } | undefined
  #input: A[] = []
  #next = 0
  /** Not empty only while all input was fed. */
  readonly #asks: Ask<A>[] = []
  #inputFault: { error: unknown } | undefined
  #out: B[] = []
  /** The end of this turn of the loop will be seen. */
  #watched = false

  constructor(upstream: Upstream<A>, transform: ItemTransform<A, B>) {
    super()
    this.#upstream = upstream
    this.#transform = transform
  }

  protected advance(): void {
    this.#giveOut()
    this.#step()
  }

  /** An inner transform that waits for input hears that nobody wants it any more; it must not take this for the end. */
  protected async leave(): Promise<void> {
    this.#out = []
    const closed = this.#upstream.close()
    for (const { reject } of this.#asks.splice(0)) reject(new AbortedError('the reader of items left'))
    const results = await Promise.allSettled([closed, this.#inner?.return?.()])
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** After every event: gives out what is due, and sees that what was asked of us is on its way. */
  #step(): void {
    if (this.#asks.length > 0 || this.#innerOver) this.#giveOut()
    if (!this.asked) return
    if (this.#innerOver) {
      if (this.#fault === undefined) this.end()
      else this.fault(this.#fault.error)
      return
    }
    if (!this.#pumping) this.#pump()
    if (this.#asks.length > 0 && !this.#reading) this.#read()
  }

  /** Asks the inner transform for items for as long as somebody waits for them. */
  async #pump(): Promise<void> {
    this.#pumping = true
    try {
      if (turnIsOver()) await nextTurn()
      while (this.asked && !this.#innerOver) {
        this.#inner ??= this.#begin()
        const { done, value } = await this.#inner.next()
        if (done === true) await this.#innerEnded()
        else this.#collect(value)
      }
    } catch (error) {
      this.#innerOver = true
      this.#fault = { error }
      this.#upstream.close().catch(() => {})
    }
    this.#pumping = false
    this.#step()
  }

  #begin(): AsyncIterator<B> | Iterator<B> {
    const feed = {
      next: () => this.#feed(),
      return: async (): Promise<IteratorResult<A>> => {
        await this.#closeInput()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => feed
    }
    const made = this.#transform(feed)
    return Symbol.asyncIterator in made ? made[Symbol.asyncIterator]() : made[Symbol.iterator]()
  }

  #collect(item: B): void {
    this.#out.push(item)
    if (turnIsOver()) this.#giveOut()
    if (this.#watched) return
    this.#watched = true
    setImmediate(() => {
      this.#watched = false
      this.#giveOut()
    })
  }

  #giveOut(): void {
    if (!this.asked || this.#out.length === 0) return
    const out = this.#out
    this.#out = []
    this.batch(out)
  }

  async #innerEnded(): Promise<void> {
    this.#giveOut()
    await this.#closeInput()
    this.#innerOver = true
  }

  #feed(): Promise<IteratorResult<A>> {
    if (this.#next < this.#input.length) return Promise.resolve({ done: false, value: this.#input[this.#next++] as A })
    const answer = new Promise<IteratorResult<A>>((resolve, reject) => this.#asks.push({ resolve, reject }))
    // An inner transform that reads ahead may never look at it.
    answer.catch(() => {})
    if (this.#upstream.over && !this.#reading) this.#serve()
    else this.#step()
    return answer
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
    this.#serve()
    this.#step()
  }

  /** Answers what the inner transform asked for, as far as there is input; after its end, everything. */
  #serve(): void {
    for (const { resolve, reject } of this.#asks.splice(0, this.#upstream.over ? Infinity : this.#input.length)) {
      const fault = this.#inputFault
      this.#inputFault = undefined
      if (fault !== undefined) reject(fault.error)
      else if (this.#next === this.#input.length) resolve({ done: true, value: undefined })
      else resolve({ done: false, value: this.#input[this.#next++] as A })
    }
  }

  #closeInput(): Promise<void> {
    const closed = this.#upstream.close()
    this.#input = []
    this.#next = 0
    this.#serve()
    return closed
  }
}
