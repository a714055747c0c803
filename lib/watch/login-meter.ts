import { LimitError } from '../errors.ts'
import type { BaseConnection } from '../transport/base-connection.ts'
import type { Meter } from '../transport/meter.ts'

/**
 * Counts what goes in and out before the login is over. One read may bring the last of the login and what stands behind it,
 * so a login that ends in the same turn of the loop is in time; otherwise that read or write was the last.
 */
export class LoginMeter implements Meter {
  readonly mostQueued: number
  readonly #connection: BaseConnection<Uint8Array>
  readonly #budget: number
  readonly #next: Meter
  #bytes = 0
  #over = false

  constructor(connection: BaseConnection<Uint8Array>, budget: number, next: Meter) {
    this.mostQueued = next.mostQueued
    this.#connection = connection
    this.#budget = budget
    this.#next = next
  }

  arrived(bytes: number): void {
    this.#count(bytes)
    this.#next.arrived(bytes)
  }

  wrote(bytes: number, queued: number): void {
    this.#count(bytes)
    this.#next.wrote(bytes, queued)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes <= this.#budget || this.#over) return
    this.#over = true
    setImmediate(() => {
      if (this.#connection.meter !== this) return
      const what = `more than ${this.#budget} bytes before the login was over`
      this.#connection.abort(new LimitError('login_budget', what))
    })
  }
}
