/**
 * A connection read and written by hand, for what is no pipeline: a login, an upgrade, one question and its answer.
 *
 * Reading takes exactly what was asked for and not a byte more: what a codec took in beyond its frame goes back. A read
 * that is aborted loses nothing. After `detach` the connection is an ordinary one again, unread bytes first.
 */

import { InUseError, UnexpectedEndError } from '../errors.ts'
import { wholeNumber } from '../limits.ts'
import { DONE } from '../symbols.ts'
import type { Codec, Connection, Decoder } from '../types.ts'
import { judgeUnread, type Unread } from '../unread.ts'
import { BaseConnection } from './base-connection.ts'
import { DialogReader } from './dialog-reader.ts'
import { DialogWriter } from './dialog-writer.ts'

export interface DialogOptions {
  /** Stops waiting; what was read so far stays unread. */
  signal?: AbortSignal
}

export interface DialogReadOptions extends DialogOptions {
  /**
   * What becomes of bytes that are already there behind what was read: `keep` (the default) leaves them for the next
   * read, `reject` refuses them, where the peer has to wait for an answer. What is still on its way cannot be refused.
   */
  unread?: Unread
}

/**
 * Opens a dialog on a connection of this toolkit that nobody has read or written.
 *
 * @throws InUseError where somebody has
 * @throws TypeError for a connection of another kind
 * @example
 *   const login = dialog(peer)
 *   const name = await login.next(line)
 *   if (name === undefined || !known(name)) throw new ProtocolError('unknown name')
 *   await login.send(line, 'welcome')
 *   return handler(login.detach())
 */
export function dialog(connection: Connection): Dialog {
  if (!(connection instanceof BaseConnection)) throw new TypeError('a dialog needs a connection of this toolkit')
  return new Dialog(connection as BaseConnection<Uint8Array>)
}

export class Dialog {
  readonly #connection: BaseConnection<Uint8Array>
  readonly #reader: DialogReader
  readonly #writer: DialogWriter
  #reading = false
  #detached = false
  #frames = 0

  constructor(connection: BaseConnection<Uint8Array>) {
    this.#connection = connection
    this.#reader = new DialogReader(connection.source)
    this.#writer = new DialogWriter(connection)
  }

  /** Bytes that came and that nobody has read yet. */
  get unreadBytes(): number {
    return this.#reader.bytes
  }

  /**
   * Exactly `bytes` bytes, of no framing: an answer of one letter, a nonce.
   *
   * @throws UnexpectedEndError where the peer ends before; what came stays readable
   * @throws ProtocolError when bytes behind them are to be rejected; those stay readable, those in front do not
   */
  async read(bytes: number, { signal, unread = 'keep' }: DialogReadOptions = {}): Promise<Uint8Array> {
    wholeNumber('bytes', bytes, 0)
    const reader = this.#reader
    return this.#alone(async () => {
      const frames = ++this.#frames
      reader.framing = { held: () => reader.bytes, frames, resting: () => reader.bytes === 0, timed: false }
      while (reader.bytes < bytes) {
        if (reader.outcome === undefined) await reader.more(signal)
        else if (reader.outcome.failed) throw reader.outcome.error
        else throw this.#tooShort(bytes)
      }
      const all = joined(reader.takeAll())
      if (bytes < all.byteLength) reader.putBack([all.subarray(bytes)])
      judgeUnread(unread, reader.bytes, 'what was read')
      return all.subarray(0, bytes)
    })
  }

  /**
   * The next frame in a codec; undefined where the peer ended in front of one. Bytes behind it stay unread.
   *
   * @throws PeerError whatever the codec finds wrong
   * @throws ProtocolError when bytes behind it are to be rejected; those stay readable, the frame does not
   */
  async next<F>(codec: Codec<F>, { signal, unread = 'keep' }: DialogReadOptions = {}): Promise<F | undefined> {
    return this.#alone(async () => {
      const decoder = codec.decoder({ frames: 1 })
      const frames = ++this.#frames
      this.#reader.framing = { held: () => decoder.held(), frames, resting: () => decoder.held() === 0, timed: false }
      const out: F[] = []
      const taken = signal === undefined ? undefined : []
      try {
        while (!(await this.#feed(decoder, out, taken, signal)));
      } catch (error) {
        if (signal?.aborted === true && taken !== undefined) this.#reader.putBack(taken)
        throw error
      }
      judgeUnread(unread, this.#reader.bytes, 'the frame that was read')
      return out[0]
    })
  }

  /** Writes bytes; resolves when there is room for more. */
  async write(bytes: Uint8Array, { signal }: DialogOptions = {}): Promise<void> {
    if (this.#detached) throw new InUseError('this dialog')
    await this.#writer.write([bytes], signal)
  }

  /** Writes one frame; resolves when there is room for more. @throws FrameRefusedError, FrameOverLimitError */
  async send<F>(codec: Codec<F>, frame: F, { signal }: DialogOptions = {}): Promise<void> {
    if (this.#detached) throw new InUseError('this dialog')
    const out: Uint8Array[] = []
    codec.encoder().push([frame], out)
    await this.#writer.write(out, signal)
  }

  /** Ends our half behind everything written. */
  end(): void {
    this.#connection.end()
  }

  /**
   * Ends the dialog and gives the connection back, unread bytes first. With `unread: 'reject'` there may be none: so an
   * upgrade refuses commands that were smuggled in front of it (what is still on its way cannot be refused).
   *
   * @throws ProtocolError when there are unread bytes and they are to be rejected
   */
  detach({ unread = 'keep' }: { unread?: Unread } = {}): Connection {
    if (this.#detached || this.#reading) throw new InUseError('this dialog')
    judgeUnread(unread, this.#reader.bytes, 'the end of the dialog')
    this.#detached = true
    this.#connection.handOver(this.#reader.takeAll())
    return this.#connection
  }

  /** Gives the decoder what is there, or waits for more; true when it has its frame or there will be none. */
  async #feed<F>(decoder: Decoder<F>, out: F[], taken?: Uint8Array[], signal?: AbortSignal): Promise<boolean> {
    const reader = this.#reader
    const batch = reader.takeAll()
    for (const bytes of batch) taken?.push(bytes)
    if (batch.length > 0 && decoder.push(batch, out) === DONE) {
      reader.putBack(decoder.rest())
      return true
    }
    if (reader.outcome === undefined) {
      await reader.more(signal)
      return false
    }
    if (reader.outcome.failed) throw reader.outcome.error
    decoder.end?.(out)
    return true
  }

  async #alone<R>(read: () => Promise<R>): Promise<R> {
    if (this.#reading || this.#detached) throw new InUseError('this dialog')
    this.#reading = true
    try {
      return await read()
    } finally {
      this.#reader.framing = undefined
      this.#reading = false
    }
  }

  #tooShort(needed: number): UnexpectedEndError {
    const partial = joined(this.#reader.takeAll())
    this.#reader.putBack([partial])
    return new UnexpectedEndError('read', { phase: 'payload', had: partial.byteLength, needed, partial })
  }
}

function joined(pieces: Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
}
