import { FrameTimeoutError } from '../errors.ts'
import type { ServeLimits } from '../limits.ts'
import type { BaseConnection } from '../transport/base-connection.ts'
import type { Framing } from '../types.ts'

/** One frame that a peer has begun and not ended: as old as the look that found it. While its reader rests it does not age. */
export class FrameWatch {
  readonly frames: number
  #since: number
  /** Bytes that had come before it. */
  readonly #before: number

  constructor(connection: BaseConnection<Uint8Array>, framing: Framing, now: number) {
    this.frames = framing.frames
    this.#since = now
    this.#before = connection.taken - framing.held()
  }

  /** @param passed ms since the last look */
  look(
    connection: BaseConnection<Uint8Array>,
    now: number,
    passed: number,
    limits: ServeLimits
  ): FrameTimeoutError | undefined {
    if (!connection.source.waiting) this.#since += passed
    const had = connection.taken - this.#before
    const allowed = limits.frameMs + (had * 1000) / limits.minBytesPerSecond
    return now - this.#since >= allowed ? new FrameTimeoutError('a frame', had, limits.frameMs) : undefined
  }
}
