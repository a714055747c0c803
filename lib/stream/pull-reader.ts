/**
 * The asking side of a pull source: every `next()` waits in line and is answered in its turn.
 *
 * What it promises for each source that is built on it: a batch answers one `next()`; a fault is thrown once and then
 * the source is done; `return()` settles at once whatever waits. What a source does when asked or left is its own.
 */
interface Waiting<T> {
  resolve(result: IteratorResult<T[]>): void
  reject(error: unknown): void
}

export abstract class PullReader<T> implements AsyncIterator<T[]> {
  protected over = false
  readonly #waiting: Waiting<T>[] = []
  #left: Promise<void> | undefined

  /** Somebody asked: called for every `next()`. A throw is the stream's fault. */
  protected abstract advance(): void
  /** The reader left before the stream was over. */
  protected abstract leave(): Promise<void>

  /** Whether a `next()` waits for its answer. */
  protected get asked(): boolean {
    return this.#waiting.length > 0
  }

  next(): Promise<IteratorResult<T[]>> {
    if (this.over) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      try {
        this.advance()
      } catch (error) {
        this.fault(error)
      }
    })
  }

  async return(): Promise<IteratorResult<T[]>> {
    if (!this.over) {
      this.#finish()
      this.#left = this.leave()
    }
    await this.#left
    return { done: true, value: undefined }
  }

  batch(batch: T[]): void {
    this.#waiting.shift()?.resolve({ done: false, value: batch })
  }

  end(): void {
    this.#finish()
  }

  fault(error: unknown): void {
    this.#waiting.shift()?.reject(error)
    this.#finish()
  }

  #finish(): void {
    this.over = true
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }
}
