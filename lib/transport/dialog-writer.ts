/** The writing half of a dialog: a write resolves when there is room for more. */
import type { Outlet, OutletWatcher } from '../types.ts'
import { orAbort } from './or-abort.ts'

export class DialogWriter implements OutletWatcher {
  readonly #outlet: Outlet
  #death: Error | undefined
  readonly #waiting = new Set<() => void>()

  constructor(outlet: Outlet) {
    this.#outlet = outlet
    outlet.watch(this)
  }

  drained(): void {
    for (const resolve of this.#waiting) resolve()
  }

  finished(): void {}

  closed(error: Error): void {
    this.#death = error
    this.drained()
  }

  async write(batch: readonly Uint8Array[], signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#death !== undefined) throw this.#death
    if (this.#outlet.write(batch)) return
    let settle: (() => void) | undefined
    try {
      await orAbort<void>(signal, (resolve) => {
        settle = resolve
        this.#waiting.add(resolve)
      })
    } finally {
      if (settle !== undefined) this.#waiting.delete(settle)
    }
    if (this.#death !== undefined) throw this.#death
  }
}
