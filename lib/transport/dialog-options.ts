/** How a dialog waits and what its reads do with what is not as it should be. */
import type { DecodeOptions } from '../stream/decode.ts'
import type { Unread } from '../unread.ts'

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

/** What becomes of a frame that is too large, wrong inside, or slow: the options of `decode`, for a single frame. */
export interface DialogNextOptions
  extends DialogReadOptions,
    Pick<DecodeOptions, 'onFault' | 'frameMs' | 'minBytesPerSecond' | 'clock'> {
  /**
   * What becomes of a frame over the limit, when all of it came: `error` (the default) rejects, `skip` resolves to the
   * `FrameTooLargeError`, `truncate` to as much of the frame as the limit allows.
   */
  onOversize?: 'error' | 'skip' | 'truncate'
  /**
   * The most bytes that a frame over the limit may have so that it is passed over to its end (64 GiB; 16 MiB where it is
   * an error). With a larger one the framing is lost.
   */
  maxBodyBytes?: number
}

/** The names of all options of `next`. */
export const nextOptions: readonly (keyof DialogNextOptions)[] = [
  'signal',
  'unread',
  'onOversize',
  'onFault',
  'maxBodyBytes',
  'frameMs',
  'minBytesPerSecond',
  'clock'
]
