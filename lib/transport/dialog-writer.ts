/** The writing half of a dialog: a write resolves when there is room for more, and rejects where its bytes would be lost. */
import { WriteAfterEndError } from '../errors.ts'
import type { OutletWatcher } from '../types.ts'
import type { BaseConnection } from './base-connection.ts'
import { orAbort } from './or-abort.ts'

export class DialogWriter implements OutletWatcher {
  readonly #connection: BaseConnection<Uint8Array>
  #death: Error | undefined
  #ended = false
  readonly #waiting = new Set<() => void>()

  constructor(connection: BaseConnection<Uint8Array>) {
    this.#connection = connection
    connection.watch(this)
  }

  drained(): void {
    for (const resolve of this.#waiting) resolve()
  }

  finished(): void {
    this.drained()
  }

  closed(error: Error): void {
    this.#death = error
    this.drained()
  }

  /** @param last whether the end of our half belongs to it */
  async write(batch: readonly Uint8Array[], signal: AbortSignal | undefined, last = false): Promise<void> {
    signal?.throwIfAborted()
    if (this.#ended) throw new WriteAfterEndError()
    this.#throwIfDead()
    const room = this.#connection.write(batch)
    if (last) this.end()
    if (room) return
    let settle: (() => void) | undefined
    try {
      await orAbort<void>(signal, (resolve) => {
        settle = resolve
        this.#waiting.add(resolve)
      })
    } finally {
      if (settle !== undefined) this.#waiting.delete(settle)
    }
    this.#throwIfDead()
  }

  end(): void {
    this.#ended = true
    this.#connection.end()
  }

  /** A watcher hears of an abort only after the call; bytes written in between would vanish. */
  #throwIfDead(): void {
    const death = this.#death ?? this.#connection.brokenBy
    if (death !== undefined) throw death
  }
}
