/**
 * What a plain transform reads from: one source, claimed by the first of its readers that reads.
 *
 * Closing it waits for the source's own `return()`, but not while a read is out: a generator that awaits something
 * silent cannot be returned, and whoever leaves must not hang with it.
 */
import { InUseError } from '../errors.ts'
import type { Source } from '../types.ts'
import { open } from './open.ts'
import { nextTurn, turnIsOver } from './turn.ts'

export class Upstream<T> {
  /** Ended, failed or closed: nothing more comes. */
  over = false
  /** Whether a read is out. */
  reading = false
  readonly #source: Source<T>
  readonly #claim: { taken: boolean }
  #iterator: AsyncIterator<T[]> | undefined

  constructor(source: Source<T>, claim: { taken: boolean }) {
    this.#source = source
    this.#claim = claim
  }

  /** The next batch that is not empty; undefined when it is over. Throws a fault once. One read at a time. */
  async read(): Promise<T[] | undefined> {
    this.reading = true
    try {
      while (!this.over) {
        if (turnIsOver()) await nextTurn()
        if (this.over) break
        const { done, value } = await this.#open().next()
        if (done === true) this.over = true
        else if (value.length > 0) return this.over ? undefined : value
      }
      return undefined
    } catch (error) {
      if (this.over) return undefined
      this.over = true
      throw error
    } finally {
      this.reading = false
    }
  }

  async close(): Promise<void> {
    if (this.over) return
    this.over = true
    if (this.#iterator === undefined) this.#claim.taken = true
    const returned = Promise.resolve(this.#iterator?.return?.())
    if (this.reading) returned.catch(() => {})
    else await returned
  }

  #open(): AsyncIterator<T[]> {
    if (this.#iterator !== undefined) return this.#iterator
    if (this.#claim.taken) throw new InUseError('this source')
    this.#claim.taken = true
    this.#iterator = open(this.#source)
    return this.#iterator
  }
}

/**
 * The source that a plain transform answers.
 *
 * @throws TypeError where there is no source, as for the first thing in a pipe
 */
export function behind<In, Out>(
  label: string,
  source: Source<In>,
  begin: (upstream: Upstream<In>) => AsyncIterator<Out[]>
): Source<Out> {
  if (source === undefined || source === null || !(Symbol.asyncIterator in source)) {
    throw new TypeError(`${label} is a transform and needs a source of batches in front of it (see batched)`)
  }
  const claim = { taken: false }
  return { [Symbol.asyncIterator]: () => begin(new Upstream(source, claim)) }
}
