import { MalformedFrameError } from '../errors.ts'
import { limits } from '../limits.ts'

/**
 * Passes over lines up to an empty one (HTTP's trailer section, RFC 9112, 7.1.2): they are limited and dropped. They end
 * in CRLF and in nothing else: a reader that takes a bare LF for an end would find the message to end elsewhere.
 */
export class TrailerLines {
  done = false
  readonly #name: string
  /** Bytes of whole lines so far. */
  #bytes = 0
  /** Bytes of the unfinished line that were looked at. */
  #seen = 0

  constructor(name: string) {
    this.#name = name
  }

  /** Answers the index of the first byte not taken: of an unfinished line, or behind the empty one. */
  take(bytes: Uint8Array, at: number, end: number): number {
    while (!this.done) {
      const from = at + this.#seen
      const found = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).indexOf('\n')
      const line = found < 0 ? end - at : from + found + 1 - at
      if (this.#bytes + line > limits.delimitedBytes) {
        throw new MalformedFrameError(this.#name, `more than ${limits.delimitedBytes} bytes of trailers`)
      }
      if (found < 0) {
        this.#seen = end - at
        return at
      }
      const carriageReturn = Buffer.from(bytes.buffer, bytes.byteOffset + at, line).indexOf('\r')
      if (carriageReturn < 0 || carriageReturn !== line - 2) {
        throw new MalformedFrameError(this.#name, 'CR or LF by itself in a trailer')
      }
      this.#seen = 0
      this.#bytes += line
      at += line
      this.done = line === 2
    }
    return at
  }
}
