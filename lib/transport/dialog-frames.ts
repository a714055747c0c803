/**
 * Frames out of the unread bytes of a dialog, one at a time, each with a decoder of its own. Exactly the frame is taken,
 * also a wrong one, as long as its end can be known.
 *
 * Decoders run so that a frame that is wrong inside is an item: so its end is known. One over the limit is first a fault,
 * found before it is held; then a second decoder, which begins with the same bytes, passes over it to its end.
 */
import { systemClock } from '../clock.ts'
import { FrameTooLargeError, InvalidOptionError, PeerError } from '../errors.ts'
import { limits, milliseconds, wholeNumber } from '../limits.ts'
import { knownOptions } from '../options-known.ts'
import { FrameDeadline } from '../stream/frame-deadline.ts'
import { DONE } from '../symbols.ts'
import type { Codec, Decoder, DecoderRun } from '../types.ts'
import { type DialogNextOptions, nextOptions } from './dialog-options.ts'
import type { DialogReader } from './dialog-reader.ts'

/** What ends the wait of a read before its frame is there. */
interface Patience {
  readonly signal?: AbortSignal | undefined
  readonly deadline?: FrameDeadline | undefined
}

export class DialogFrames {
  readonly #reader: DialogReader
  /** In a frame over the limit, of which no byte is kept: a read that is aborted leaves the rest of it to the next one. */
  #passing: Decoder<unknown> | undefined
  /** Why nobody knows any more where a frame begins. */
  #lost: { error: unknown } | undefined
  /** The end of the stream was given out, as the end of a frame or as a fault. */
  #ended = false

  constructor(reader: DialogReader) {
    this.#reader = reader
  }

  /** The next frame, or what was asked for in its place; undefined where there is none. */
  async next(codec: Codec<unknown>, options: DialogNextOptions): Promise<unknown> {
    const { onOversize = 'error', onFault = 'error', signal } = options
    const run = runOf(options)
    const decoder = codec.decoder({ ...run, onOversize: 'error' })
    await this.ready(options)
    if (this.#ended) return undefined
    const deadline = this.#deadline(options, codec.name, decoder)
    const out: unknown[] = []
    let refused: FrameTooLargeError | undefined
    try {
      refused = await this.#run(decoder, out, { signal, deadline })
      if (refused !== undefined) {
        this.#passing = codec.decoder(run)
        await this.#run(this.#passing, out, { signal, deadline }, onOversize === 'error' ? refused : undefined)
      }
    } finally {
      deadline?.stop()
    }
    if (refused !== undefined && onOversize === 'error') throw refused
    const [item] = out
    const skipped = refused !== undefined && item instanceof FrameTooLargeError
    if (item instanceof PeerError && onFault === 'error' && !skipped) throw item
    return item
  }

  /** Goes to where the next read begins. @throws what made the framing lost */
  async ready({ signal, ...options }: DialogNextOptions): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost.error
    if (this.#passing === undefined) return
    const deadline = this.#deadline(options, 'dialog', this.#passing)
    deadline?.look([], [], 0)
    try {
      await this.#run(this.#passing, [], { signal, deadline })
    } finally {
      deadline?.stop()
    }
  }

  /**
   * Runs a decoder until it has its frame or there will be none. Answers what stands in the way of a frame over the limit
   * that was not passed over yet: then nothing was taken.
   *
   * @param refused what is told in the place of the decoder's own fault
   */
  async #run(
    decoder: Decoder<unknown>,
    out: unknown[],
    { signal, deadline }: Patience,
    refused?: FrameTooLargeError
  ): Promise<FrameTooLargeError | undefined> {
    const reader = this.#reader
    try {
      for (;;) {
        const batch = reader.look()
        if (batch.length > 0) {
          try {
            if (decoder.push(batch, out) === DONE) return this.#done(decoder)
          } catch (error) {
            if (error instanceof FrameTooLargeError && this.#passing === undefined) return error
            throw this.#lose(refused ?? error)
          }
          this.#forget(decoder)
          deadline?.look(batch, out, out.length)
        }
        if (reader.outcome === undefined) await reader.more(signal)
        else if (reader.outcome.failed) throw reader.outcome.error
        else return this.#end(decoder, out, refused)
      }
    } finally {
      reader.rewind()
    }
  }

  #done(decoder: Decoder<unknown>): undefined {
    this.#passing = undefined
    this.#reader.take(sizeOf(decoder.rest()))
  }

  #end(decoder: Decoder<unknown>, out: unknown[], refused: FrameTooLargeError | undefined): undefined {
    this.#passing = undefined
    this.#reader.take()
    this.#ended = true
    try {
      decoder.end?.(out)
    } catch (error) {
      throw refused ?? error
    }
    this.#ended = out.length > 0
  }

  /** What a decoder holds is the end of what it was given; in front of it may be empty frames without end. */
  #forget(decoder: Decoder<unknown>): void {
    const reader = this.#reader
    if (this.#passing === decoder) reader.take()
    else if (reader.bytes - decoder.held() > limits.highWaterBytes) reader.take(decoder.held())
  }

  #lose(error: unknown): unknown {
    this.#passing = undefined
    this.#lost = { error }
    return error
  }

  #deadline(options: DialogNextOptions, label: string, decoder: Decoder<unknown>): FrameDeadline | undefined {
    const { frameMs: ms, minBytesPerSecond: bytesPerSecond = limits.minBytesPerSecond, clock = systemClock } = options
    if (ms === undefined) return undefined
    const step = { push: () => {}, held: () => (this.#passing ?? decoder).held() }
    return new FrameDeadline({ ms, bytesPerSecond, clock, label }, step, (late) => this.#reader.interrupt(late))
  }
}

/** How the decoder is run that passes over what is too large. @throws InvalidOptionError */
function runOf(options: DialogNextOptions): DecoderRun {
  knownOptions('next', options, nextOptions)
  const { onOversize = 'error', onFault = 'error', frameMs, minBytesPerSecond } = options
  const { maxBodyBytes = onOversize === 'error' ? limits.messageBytes : limits.bodyBytes } = options
  if (!['error', 'skip', 'truncate'].includes(onOversize)) {
    throw new InvalidOptionError('onOversize', onOversize, "'error', 'skip' or 'truncate'")
  }
  if (onFault !== 'error' && onFault !== 'item') throw new InvalidOptionError('onFault', onFault, "'error' or 'item'")
  wholeNumber('maxBodyBytes', maxBodyBytes)
  if (frameMs !== undefined) milliseconds('frameMs', frameMs)
  if (minBytesPerSecond !== undefined) wholeNumber('minBytesPerSecond', minBytesPerSecond)
  return { frames: 1, onFault: 'item', onOversize: onOversize === 'error' ? 'skip' : onOversize, maxBodyBytes }
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((size, { byteLength }) => size + byteLength, 0)
}
