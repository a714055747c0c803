/**
 * Standard error for a log: a line in, and nobody waits.
 *
 * A pipe whose reader is stuck takes what fits; behind it 1 MiB waits in memory, and what comes then is dropped and
 * counted. A reader that is gone, or a disk that is full, silences the log and harms nobody. (A file and a terminal are
 * written at once, so a terminal that its user stopped with Ctrl-S stops who writes to it.)
 */
import { logLimits } from './log-limits.ts'

/** As much of a stream as a log needs. */
export interface LineStream {
  readonly writableLength: number
  write(text: string): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'drain', listener: () => void): unknown
}

export class LogOutput {
  /** Lines that were not written. */
  dropped = 0
  readonly #stream: LineStream
  readonly #maxBytes: number
  #broken = false
  #toldDropped = 0

  constructor(stream: LineStream = process.stderr, maxBytes: number = logLimits.waitingBytes) {
    this.#stream = stream
    this.#maxBytes = maxBytes
    stream.on('error', () => {
      this.#broken = true
    })
  }

  get hasRoom(): boolean {
    return !this.#broken && this.#stream.writableLength <= this.#maxBytes
  }

  /** @param line with its line end */
  write(line: string): void {
    if (!this.hasRoom) {
      this.dropped++
      return
    }
    try {
      this.#stream.write(line)
    } catch {
      this.dropped++
    }
  }

  /** Lines dropped since the last time that somebody asked. */
  newlyDropped(): number {
    const lines = this.dropped - this.#toldDropped
    this.#toldDropped = this.dropped
    return lines
  }

  /** Resolves with whether all of it was taken within `ms`. */
  async flushed(ms: number = logLimits.flushMs): Promise<boolean> {
    if (this.#broken || this.#stream.writableLength === 0) return true
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#stream.once('drain', () => {
        clearTimeout(timer)
        resolve()
      })
    })
    return this.#stream.writableLength === 0
  }
}
