/**
 * The reading half of a dialog: bytes that nobody has taken yet, bounded, and a way to wait for more.
 *
 * A read looks at the bytes and takes them away when it has what it wants, so that one that fails has taken nothing.
 */
import { limits } from '../limits.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Framing, Receiver } from '../types.ts'
import { DialogPieces } from './dialog-pieces.ts'
import { orAbort } from './or-abort.ts'

export class DialogReader implements Receiver<Uint8Array> {
  outcome: { error?: unknown; failed: boolean } | undefined
  readonly #control: Control
  /** What the read at hand has seen. */
  #seen = new DialogPieces()
  #fresh = new DialogPieces()
  #paused = false
  #arrived: (() => void) | undefined
  #interrupt: ((error: unknown) => void) | undefined
  /** Of the frame that is being read. */
  framing: Framing | undefined

  constructor(source: Drivable<Uint8Array>) {
    this.#control = source[DRIVE](this)
  }

  /** All bytes that nobody has taken. */
  get bytes(): number {
    return this.#seen.size + this.#fresh.size
  }

  batch(batch: Uint8Array[]): void {
    for (const bytes of batch) this.#fresh.add(bytes)
    if (this.bytes >= limits.highWaterBytes && this.#arrived === undefined && !this.#paused) {
      this.#paused = true
      this.#control.pause()
    }
    this.#arrived?.()
  }

  /** Whether somebody waits for more. */
  get waiting(): boolean {
    return this.#arrived !== undefined
  }

  held(): number {
    return this.bytes
  }

  end(): void {
    this.outcome = { failed: false }
    this.#arrived?.()
  }

  fault(error: unknown): void {
    this.outcome = { failed: true, error }
    this.#arrived?.()
  }

  /** The bytes that the read at hand has not seen yet. */
  look(): Uint8Array[] {
    const fresh = this.#fresh.shift()
    for (const piece of fresh) this.#seen.add(piece)
    return fresh
  }

  /** Takes away what was seen, but for the last `kept` bytes. */
  take(kept = 0): Uint8Array[] {
    return this.#seen.shift(Math.max(0, this.#seen.size - kept))
  }

  /** The read is over: what it saw and did not take is there for the next one. */
  rewind(): void {
    if (this.#seen.size === 0) return
    for (const piece of this.#fresh.shift()) this.#seen.add(piece)
    const empty = this.#fresh
    this.#fresh = this.#seen
    this.#seen = empty
  }

  /** Takes away the first bytes, which are there, between reads. */
  first(bytes: number): Uint8Array {
    return joined(this.#fresh.shift(bytes))
  }

  /** Takes away everything, between reads. */
  all(): Uint8Array[] {
    return this.#fresh.shift()
  }

  /** A copy of the first bytes that are there, at most so many, between reads. */
  peek(most: number): Uint8Array {
    const seen = joined(this.look())
    this.rewind()
    return seen.slice(0, most)
  }

  /** Resolves when something arrived: bytes or the outcome. */
  async more(signal: AbortSignal | undefined): Promise<void> {
    try {
      await orAbort<void>(signal, (resolve, reject) => {
        this.#arrived = resolve
        this.#interrupt = reject
        if (!this.#paused) return
        this.#paused = false
        this.#control.resume()
      })
    } finally {
      this.#arrived = undefined
      this.#interrupt = undefined
    }
  }

  /** Has the read that waits reject. */
  interrupt(error: unknown): void {
    this.#interrupt?.(error)
  }
}

/** In one piece, which is no Buffer. */
function joined(pieces: Uint8Array[]): Uint8Array {
  const all = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
  return new Uint8Array(all.buffer, all.byteOffset, all.byteLength)
}
