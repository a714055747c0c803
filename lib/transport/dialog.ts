/**
 * A connection read and written by hand, for what is no pipeline: a login, an upgrade, one question and its answer.
 *
 * Reading takes exactly what was asked for and not a byte more: what a codec took in beyond its frame goes back, also
 * behind a frame that is wrong. A read that is aborted loses nothing. After `detach` the connection is an ordinary one
 * again, unread bytes first.
 */

import { InUseError, UnexpectedEndError } from '../errors.ts'
import { wholeNumber } from '../limits.ts'
import type { Decoded } from '../stream/decode.ts'
import type { Codec, Connection } from '../types.ts'
import { judgeUnread, type Unread } from '../unread.ts'
import { BaseConnection } from './base-connection.ts'
import { DialogFrames } from './dialog-frames.ts'
import type { DialogNextOptions, DialogOptions, DialogReadOptions } from './dialog-options.ts'
import { DialogReader } from './dialog-reader.ts'
import { DialogWriter } from './dialog-writer.ts'

export type { DialogNextOptions, DialogOptions, DialogReadOptions } from './dialog-options.ts'

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
  readonly #frames: DialogFrames
  readonly #writer: DialogWriter
  #reading = false
  #detached = false
  #reads = 0

  constructor(connection: BaseConnection<Uint8Array>) {
    this.#connection = connection
    this.#reader = new DialogReader(connection.source)
    this.#frames = new DialogFrames(this.#reader)
    this.#writer = new DialogWriter(connection)
  }

  /** Bytes that came and that no read has taken yet. */
  get unreadBytes(): number {
    return this.#reader.bytes
  }

  /**
   * Exactly `bytes` bytes, of no framing: an answer of one letter, a nonce.
   *
   * @throws UnexpectedEndError where the peer ends before; what came stays readable
   * @throws ProtocolError when bytes behind them are to be rejected; those stay readable, those in front do not
   * @throws PeerError once the framing is lost (see `next`)
   * @throws InUseError where another read is waiting, or behind `detach`
   * @example const nonce = await login.read(16)
   */
  async read(bytes: number, { signal, unread = 'keep' }: DialogReadOptions = {}): Promise<Uint8Array> {
    wholeNumber('bytes', bytes, 0)
    const reader = this.#reader
    return this.#alone(async () => {
      await this.#frames.ready(signal === undefined ? {} : { signal })
      while (reader.bytes < bytes) {
        if (reader.outcome === undefined) await reader.more(signal)
        else if (reader.outcome.failed) throw reader.outcome.error
        else throw this.#tooShort(bytes)
      }
      const read = reader.first(bytes)
      judgeUnread(unread, reader.bytes, 'what was read')
      return read
    })
  }

  /**
   * The next frame in a codec; undefined where the peer ended in front of one. Bytes behind it stay unread. What ends with
   * the stream (`close()`) is read once.
   *
   * A frame that is wrong inside or over the limit is taken as a good one is, to its end, and the promise then rejects,
   * or resolves to what the options say: the next read begins behind it. Where its end cannot be known (a length that is
   * none, a size over `maxBodyBytes`) the framing is lost: this read rejects at once, and every later one with the same
   * error. `detach` then gives back all of it.
   *
   * With `frameMs` a frame that began must end in its time, or the read rejects with a `FrameTimeoutError`. As by an abort
   * nothing is lost by that, except of a frame over the limit, which is not kept: the next read begins behind it.
   *
   * The codec has one frame to read, so a `switching` codec would begin anew at every call: a dialog switches by being
   * given another codec.
   *
   * @throws PeerError whatever the codec finds wrong
   * @throws ProtocolError when bytes behind it are to be rejected; those stay readable, the frame does not
   * @throws InvalidOptionError before anything is read
   * @throws InUseError where another read is waiting, or behind `detach`
   * @example
   *   // One bad line is answered and costs nothing else.
   *   const command = await talk.next(line, { onOversize: 'skip', onFault: 'item', frameMs: 10_000 })
   *   await talk.send(line, command instanceof PeerError ? `500 ${command.message}` : answer(command))
   */
  async next<F, const O extends DialogNextOptions = Record<never, never>>(
    codec: Codec<F>,
    options?: O & { readonly [Key in Exclude<keyof O, keyof DialogNextOptions>]: never }
  ): Promise<Decoded<F, O> | undefined> {
    return this.#alone(async () => {
      const frame = await this.#frames.next(codec, options ?? {})
      judgeUnread(options?.unread ?? 'keep', this.#reader.bytes, 'the frame that was read')
      return frame as Decoded<F, O> | undefined
    })
  }

  /**
   * Writes bytes; resolves when there is room for more.
   *
   * @throws WriteAfterEndError behind `end`
   * @throws ConnectionError where the connection is gone; the reason where it was aborted
   * @example await talk.write(Uint8Array.of(0x06))
   */
  async write(bytes: Uint8Array, { signal }: DialogOptions = {}): Promise<void> {
    if (this.#detached) throw new InUseError('this dialog')
    await this.#writer.write([bytes], signal)
  }

  /**
   * Writes one frame and whatever its encoder adds at the end; resolves when there is room for more. Where the end of the
   * stream is the end of the frame (`close()`, `halfClose()`), our half is ended behind it.
   *
   * As in `next`, a `switching` codec would begin anew at every call.
   *
   * @throws FrameRefusedError, FrameOverLimitError
   * @throws WriteAfterEndError behind `end`
   * @throws ConnectionError where the connection is gone; the reason where it was aborted
   * @example await talk.send(line, '250 ok')
   */
  async send<F>(codec: Codec<F>, frame: F, { signal }: DialogOptions = {}): Promise<void> {
    if (this.#detached) throw new InUseError('this dialog')
    const out: Uint8Array[] = []
    const encoder = codec.encoder()
    encoder.push([frame], out)
    encoder.end?.(out)
    await this.#writer.write(out, signal, codec.endIsFrame === true)
  }

  /** Ends our half behind everything written. @throws InUseError behind `detach` */
  end(): void {
    if (this.#detached) throw new InUseError('this dialog')
    this.#writer.end()
  }

  /**
   * Ends the dialog and gives the connection back, unread bytes first. With `unread: 'reject'` there may be none: so an
   * upgrade refuses commands that were smuggled in front of it (what is still on its way cannot be refused). A write that
   * waits for room resolves: its bytes go out in front of all that follows. Behind a read that was aborted in a frame over
   * the limit, which is not kept, the connection begins with the rest of that frame.
   *
   * @throws InUseError where it was detached before, or a read is waiting
   * @throws ProtocolError when there are unread bytes and they are to be rejected
   * @example return handler(login.detach({ unread: 'reject' }))
   */
  detach({ unread = 'keep' }: { unread?: Unread } = {}): Connection {
    if (this.#detached || this.#reading) throw new InUseError('this dialog')
    judgeUnread(unread, this.#reader.bytes, 'the end of the dialog')
    this.#detached = true
    this.#connection.handOver(this.#reader.all())
    this.#writer.drained()
    return this.#connection
  }

  async #alone<R>(read: () => Promise<R>): Promise<R> {
    if (this.#reading || this.#detached) throw new InUseError('this dialog')
    this.#reading = true
    const reader = this.#reader
    const reads = ++this.#reads
    reader.framing = { held: () => reader.bytes, frames: reads, resting: () => reader.bytes === 0, timed: false }
    try {
      return await read()
    } finally {
      this.#reader.framing = undefined
      this.#reading = false
    }
  }

  #tooShort(needed: number): UnexpectedEndError {
    const partial = this.#reader.peek(partialBytes)
    return new UnexpectedEndError('read', { phase: 'payload', had: this.#reader.bytes, needed, partial })
  }
}

/** How much of what is too short an error shows, in bytes. */
const partialBytes = 4096
