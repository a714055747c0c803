/**
 * A connection over another one, on which every message has a MAC and a number: for a line without TLS, behind a login
 * that gave both sides the keys (see mutual-login.ts).
 *
 * Strategy: the connection below is driven, its bytes are opened and delivered into an inlet of our own; what is written is
 * sealed and written there at once, so that nothing is queued here. Promise: a bit that was changed, a record that was left
 * out, repeated or reordered cuts the line, and an end that the peer did not seal is a fault, never an end.
 */
import { UnexpectedEndError } from '../errors.ts'
import { DRIVE } from '../symbols.ts'
import { BaseConnection, requireBytes } from '../transport/base-connection.ts'
import type { Address, Control, Framing, Receiver } from '../types.ts'
import { endRecordBytes, recordBytes, recordOpener, recordSealer } from './sealed-records.ts'

/** One for each direction. */
export interface SealKeys {
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
}

const nothing = new Uint8Array(0)

export class SealedConnection extends BaseConnection<Uint8Array> {
  readonly local: Address
  readonly remote: Address
  protected ended = false
  readonly #below: BaseConnection<Uint8Array>
  readonly #control: Control
  readonly #seal: (payload: Uint8Array) => Uint8Array[]

  constructor(below: BaseConnection<Uint8Array>, { ours, theirs }: SealKeys) {
    super((bytes) => bytes.byteLength)
    this.#below = below
    this.local = below.local
    this.remote = below.remote
    this.#seal = recordSealer(ours)
    this.#control = below.source[DRIVE](this.#opening(theirs))
    below.layer = this
    below.watch({
      drained: () => this.watcher?.drained(),
      finished: () => this.sent(),
      closed: (error) => this.gone(error)
    })
    const died = (): void => (below.brokenBy === undefined ? this.over() : this.gone(below.brokenBy))
    if (below.signal.aborted) died()
    else below.signal.addEventListener('abort', died, { once: true })
  }

  pause(): void {
    this.#control.pause()
  }

  resume(): void {
    // An inlet may ask for more before the drive has begun: then it flows already.
    this.#control?.resume()
  }

  write(batch: readonly Uint8Array[]): boolean {
    if (this.ended || this.death !== undefined) return true
    const sealed: Uint8Array[] = []
    for (const bytes of batch) {
      requireBytes(bytes)
      // An empty record would be the end; an empty write asks whether the peer is still there, and does so below.
      if (bytes.byteLength === 0) sealed.push(nothing)
      for (let at = 0; at < bytes.byteLength; at += recordBytes) {
        sealed.push(...this.#seal(bytes.subarray(at, at + recordBytes)))
      }
    }
    return this.#below.write(sealed)
  }

  end(): void {
    if (this.ended || this.death !== undefined) return
    this.ended = true
    this.#below.write(this.#seal(nothing))
    this.#below.end()
  }

  hangUp(): void {
    this.#below.hangUp()
  }

  protected cut(): void {
    this.#below.abort(this.death?.error)
  }

  protected async finish(lingerMs: number | undefined): Promise<void> {
    this.end()
    await this.#below.close(lingerMs === undefined ? {} : { lingerMs })
  }

  /** What takes the bytes from below. */
  #opening(key: Uint8Array): Receiver<Uint8Array> {
    const below = this.#below
    const inlet = () => this.source
    const opener = recordOpener(key)
    let records = 0
    let whole = false
    const open = (sealed: Uint8Array[]): void => {
      const opened: Uint8Array[] = []
      let fault: { error: unknown } | undefined
      try {
        opener.push(sealed, opened)
      } catch (error) {
        fault = { error }
      }
      records += opened.length
      if (opened.at(-1)?.byteLength === 0) {
        opened.pop()
        whole = true
      }
      if (opened.length > 0) inlet().deliver(opened)
      if (fault !== undefined) below.abort(fault.error)
      else if (whole) inlet().end()
    }
    const ended = (): void => {
      if (whole) return
      // A server that stops says so to who is quiet: that is no cut.
      if (below.inputEndedByUs && opener.held() === 0) inlet().end()
      else inlet().fail(cutOff(opener.held()))
    }
    return {
      batch: open,
      end: ended,
      fault: (error) => inlet().fail(error),
      held: () => opener.held() + inlet().held,
      get waiting() {
        return inlet().waiting
      },
      get framing(): Framing {
        const above = inlet().framing
        return {
          held: () => opener.held() + (above?.held() ?? 0),
          frames: above?.frames ?? records,
          resting: () => (opener.held() > 0 ? false : above?.resting()),
          timed: above?.timed ?? false
        }
      }
    }
  }
}

function cutOff(had: number): UnexpectedEndError {
  return new UnexpectedEndError('sealed', { phase: 'trailer', had, needed: had + endRecordBytes, partial: nothing })
}
