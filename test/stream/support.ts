/**
 * What the stream tests share: turns of the loop to wait for, and readers of both kinds that tell what they saw.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { channel } from '../../lib/stream/channel.ts'
import { DRIVE } from '../../lib/symbols.ts'
import type { Control, Drivable, Receiver, Source } from '../../lib/types.ts'

/** What came out of a stream, and how it ended: the fault, or `undefined` for a clean end. */
export interface Seen<T> {
  items: T[]
  fault: unknown
}

/** The next turn of the event loop: everything that was ready has happened. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Waits for a promise that must settle by itself in a few turns; a lost wake-up fails here and does not hang. */
export async function settles<T>(promise: Promise<T>, scheduler?: fc.Scheduler): Promise<T> {
  let settled = false
  const note = (): void => {
    settled = true
  }
  promise.then(note, note)
  for (let idle = 0; idle < 100 && !settled; idle++) {
    if (scheduler !== undefined && scheduler.count() > 0) {
      idle = 0
      await scheduler.waitIdle()
    }
    await turn()
  }
  assert.ok(settled, 'nothing is left to happen and the promise has not settled: a wake-up was lost')
  return promise
}

/** Whether a promise has settled after a turn of the loop. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const note = (): void => {
    settled = true
  }
  promise.then(note, note)
  await turn()
  return settled
}

/** Reads a source to its end by pulling. */
export async function pull<T>(source: Source<T>): Promise<Seen<T>> {
  const seen: Seen<T> = { items: [], fault: undefined }
  try {
    for await (const batch of source) seen.items.push(...batch)
  } catch (fault) {
    seen.fault = fault
  }
  return seen
}

/** Reads a source to its end by driving it. */
export async function drive<T>(source: Source<T>): Promise<Seen<T>> {
  const probe = new Probe<T>().start(source)
  await settles(probe.over)
  return probe.seen()
}

/** A receiver that watches over the drive's promises and keeps what it got. */
export class Probe<T> implements Receiver<T> {
  readonly batches: T[][] = []
  /** How the stream ended, once it has. */
  outcome: { fault: unknown } | undefined
  /** Resolves with the outcome. */
  readonly over: Promise<void>
  /** Called with each batch, from within `batch`. */
  onBatch: ((batch: T[]) => void) | undefined
  readonly #broken: string[] = []
  #control: Control | undefined
  #within = false
  #paused = false
  #cancelled = false
  #settle: () => void = () => {}

  constructor() {
    this.over = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get items(): T[] {
    return this.batches.flat() as T[]
  }

  /** What came, after a check that every promise of the drive was kept. */
  seen(): Seen<T> {
    assert.deepEqual(this.#broken, [], 'promises of the drive that were broken')
    return { items: this.items, fault: this.outcome?.fault }
  }

  start(source: Source<T>): this {
    assert.ok(DRIVE in source, 'the source cannot be driven')
    this.#inside(() => {
      this.#control = (source as Drivable<T>)[DRIVE](this)
    })
    return this
  }

  pause(): void {
    this.#paused = true
    this.#inside(() => this.#control?.pause())
  }

  resume(): void {
    this.#paused = false
    this.#inside(() => this.#control?.resume())
  }

  cancel(): void {
    this.#cancelled = true
    this.#inside(() => this.#control?.cancel())
  }

  batch(batch: T[]): void {
    this.#came('a batch')
    if (batch.length === 0) this.#broken.push('an empty batch')
    this.batches.push(batch)
    this.onBatch?.(batch)
  }

  end(): void {
    this.#came('the end')
    this.#over(undefined)
  }

  fault(error: unknown): void {
    this.#came('a fault')
    this.#over(error)
  }

  #over(fault: unknown): void {
    this.outcome = { fault }
    this.#settle()
  }

  #inside(call: () => void): void {
    const outer = this.#within
    this.#within = true
    try {
      call()
    } finally {
      this.#within = outer
    }
  }

  #came(what: string): void {
    if (this.#within) this.#broken.push(`${what} inside [DRIVE], pause(), resume() or cancel()`)
    if (this.#paused) this.#broken.push(`${what} while paused`)
    if (this.#cancelled) this.#broken.push(`${what} after cancel()`)
    if (this.outcome !== undefined) this.#broken.push(`${what} after the outcome`)
  }
}

/** A pull source that tells what was asked of it: it gives the batches, then throws `fault` if there is one, or ends. */
export class Scripted<T> implements AsyncIterableIterator<T[]> {
  /** How often `next()` was called. */
  reads = 0
  returned = 0
  /** Whether it has told its end or its fault. */
  over = false
  readonly #batches: T[][]
  readonly #then: { fault?: unknown; silent?: boolean }
  readonly #before: (read: number) => Promise<unknown> | undefined

  /** @param then what comes behind the batches; `silent`: a read that never settles */
  constructor(
    batches: readonly T[][],
    then: { fault?: unknown; silent?: boolean } = {},
    before: (read: number) => Promise<unknown> | undefined = () => undefined
  ) {
    this.#batches = [...batches]
    this.#then = then
    this.#before = before
  }

  async next(): Promise<IteratorResult<T[]>> {
    await this.#before(this.reads++)
    const value = this.#batches.shift()
    if (value !== undefined) return { done: false, value }
    if (this.#then.silent === true) await new Promise(() => {})
    this.over = true
    const { fault } = this.#then
    if (fault === undefined || this.returned > 0) return { done: true, value: undefined }
    delete this.#then.fault
    throw fault
  }

  async return(): Promise<IteratorResult<T[]>> {
    this.returned++
    this.#batches.length = 0
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** A promise with its two ends. */
export class Deferred<T = void> {
  readonly promise: Promise<T>
  resolve!: (value: T) => void
  reject!: (error: unknown) => void

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}

/** Cuts a list into batches of the given sizes, which are gone through again and again; empty ones among them. */
export function cutBatches<T>(list: readonly T[], sizes: readonly number[]): T[][] {
  const batches: T[][] = []
  for (let at = 0, index = 0; at < list.length; index++) {
    const size = index > 50 ? list.length : sizes[index % sizes.length]!
    batches.push(list.slice(at, at + size))
    at += size
  }
  return batches
}

/** Sizes for {@link cutBatches}. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 })

/** The same batches from a source that is pulled and from one that is driven; both then end, or fail with `fault`. */
export function bothWays<T>(batches: readonly T[][], fault?: unknown): [how: 'pull' | 'drive', source: Source<T>][] {
  const driven = channel<T>({ capacity: batches.length + 1 })
  for (const batch of batches) driven.push([...batch])
  if (fault === undefined) driven.end()
  else driven.fail(fault)
  return [
    ['pull', new Scripted(batches, fault === undefined ? {} : { fault })],
    ['drive', driven]
  ]
}

/** Reads to the end in the way given. */
export function read<T>(how: 'pull' | 'drive', source: Source<T>): Promise<Seen<T>> {
  return how === 'pull' ? settles(pull(source)) : drive(source)
}
