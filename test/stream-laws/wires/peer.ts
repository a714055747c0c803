/**
 * The other side of a connection, by hand: no stage, no sink, no reader of the toolkit.
 */

/** How a peer reads. */
export type Reading =
  | { kind: 'at once' }
  /** Rests for so many turns of the loop behind every read. */
  | { kind: 'slowly'; turns: number }
  | { kind: 'never' }
  /** Stops when it has so many bytes, until told to read on. */
  | { kind: 'stops'; at: number }

export abstract class Peer {
  readonly received: Uint8Array[] = []
  receivedBytes = 0
  /** How our side ended, as far as this one can tell; undefined while it is open. */
  saw: 'fin' | 'reset' | undefined
  /** True where an end may also have been a reset: this side had ended its own half and could not ask any more. */
  unsure = false
  /** The line is closed, both halves of it. */
  dead = false
  #reading: Reading = { kind: 'never' }

  /** Hands bytes over; what the connection does not take waits here. */
  abstract write(bytes: Uint8Array): void
  /** Ends this half, behind what was written. */
  abstract end(): void
  /** Cuts the line at once. */
  abstract reset(): void
  /** Bytes handed over that the connection has taken. */
  abstract get taken(): number
  /** Lets the connection give out, or not. */
  protected abstract flow(on: boolean): void

  read(reading: Reading): void {
    this.#reading = reading
    this.flow(!this.#full)
  }

  get #full(): boolean {
    const reading = this.#reading
    return reading.kind === 'never' || (reading.kind === 'stops' && this.receivedBytes >= reading.at)
  }

  protected arrived(bytes: Uint8Array): void {
    this.received.push(bytes)
    this.receivedBytes += bytes.byteLength
    if (this.#reading.kind === 'slowly') this.#rest(this.#reading.turns)
    else if (this.#full) this.flow(false)
  }

  protected ended(saw: 'fin' | 'reset', unsure = false): void {
    if (this.saw !== undefined) return
    this.saw = saw
    this.unsure = unsure
  }

  #rest(turns: number): void {
    this.flow(false)
    const wake = (left: number): void => {
      if (left > 0) setImmediate(wake, left - 1)
      else if (!this.#full) this.flow(true)
    }
    wake(turns)
  }
}
