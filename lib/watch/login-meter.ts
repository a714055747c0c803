import { LimitError } from '../errors.ts'
import type { Meter } from '../transport/meter.ts'
import type { Connection } from '../types.ts'

/** Counts what goes in and out before the login is over; the read or write that is over the budget is the last. */
export class LoginMeter implements Meter {
  readonly mostQueued: number
  readonly #connection: Connection
  readonly #budget: number
  readonly #next: Meter
  #bytes = 0

  constructor(connection: Connection, budget: number, next: Meter) {
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
    if (this.#bytes <= this.#budget) return
    this.#connection.abort(new LimitError('login_budget', `more than ${this.#budget} bytes before the login was over`))
  }
}
