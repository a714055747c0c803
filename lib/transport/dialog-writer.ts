/** The writing half of a dialog: a write resolves when there is room for more. */
import type { Outlet, OutletWatcher } from '../types.ts'
import { orAbort } from './or-abort.ts'

export class DialogWriter implements OutletWatcher {
  readonly #outlet: Outlet
  #death: Error | undefined
  #roomOrDeath: (() => void) | undefined

  constructor(outlet: Outlet) {
    this.#outlet = outlet
    outlet.watch(this)
  }

  drained(): void {
    this.#roomOrDeath?.()
  }

  finished(): void {}

  closed(error: Error): void {
    this.#death = error
    this.#roomOrDeath?.()
  }

  async write(batch: readonly Uint8Array[], signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#death !== undefined) throw this.#death
    if (this.#outlet.write(batch)) return
    try {
      await orAbort<void>(signal, (resolve) => {
        this.#roomOrDeath = resolve
      })
    } finally {
      this.#roomOrDeath = undefined
    }
    if (this.#death !== undefined) throw this.#death
  }
}
