/** The reading half of a dialog: bytes that nobody has asked for yet, bounded, and a way to wait for more. */
import { limits } from '../limits.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Framing, Receiver } from '../types.ts'
import { orAbort } from './or-abort.ts'

export class DialogReader implements Receiver<Uint8Array> {
  bytes = 0
  outcome: { error?: unknown; failed: boolean } | undefined
  readonly #control: Control
  #unread: Uint8Array[] = []
  #paused = false
  #arrived: (() => void) | undefined
  /** Of the frame that is being read. */
  framing: Framing | undefined

  constructor(source: Drivable<Uint8Array>) {
    this.#control = source[DRIVE](this)
  }

  batch(batch: Uint8Array[]): void {
    for (const bytes of batch) {
      this.#unread.push(bytes)
      this.bytes += bytes.byteLength
    }
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
    return this.bytes + (this.framing?.held() ?? 0)
  }

  end(): void {
    this.outcome = { failed: false }
    this.#arrived?.()
  }

  fault(error: unknown): void {
    this.outcome = { failed: true, error }
    this.#arrived?.()
  }

  takeAll(): Uint8Array[] {
    const all = this.#unread
    this.#unread = []
    this.bytes = 0
    return all
  }

  putBack(pieces: Uint8Array[]): void {
    this.#unread = pieces.concat(this.#unread)
    for (const piece of pieces) this.bytes += piece.byteLength
  }

  /** Resolves when something arrived: bytes or the outcome. */
  async more(signal: AbortSignal | undefined): Promise<void> {
    try {
      await orAbort<void>(signal, (resolve) => {
        this.#arrived = resolve
        if (!this.#paused) return
        this.#paused = false
        this.#control.resume()
      })
    } finally {
      this.#arrived = undefined
    }
  }
}
