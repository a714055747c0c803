/**
 * Two or more framings on one stream: the first byte of each frame tells which one it has.
 *
 *   36 20 3c 31 33 3e 68 69 | 3c 31 33 3e 68 6f 0a      a digit: counted; a '<': up to the line feed (syslog)
 *
 * What is held begins with the first byte of a frame, so the framer that was chosen by it answers for limits, for what is
 * missing, and for the search of the end, exactly as if it were alone.
 */
import { MalformedFrameError } from '../errors.ts'
import type { Framer } from './frame-decoder.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { Oversized } from './large-frame.ts'

export class FirstByteFramer<F> implements Framer<F> {
  readonly name: string
  readonly #choose: (byte: number) => Framer<F> | undefined
  #chosen: Framer<F> | undefined

  /** @param choose the framer of frames that begin with this byte; undefined where none may. It skips nothing in front. */
  constructor(name: string, choose: (byte: number) => Framer<F> | undefined) {
    this.name = name
    this.#choose = choose
  }

  get need(): number {
    return this.#chosen?.need ?? 1
  }

  get oversized(): Oversized<F> | undefined {
    return this.#chosen?.oversized
  }

  set oversized(over: undefined) {
    if (this.#chosen !== undefined) this.#chosen.oversized = over
  }

  take(bytes: Uint8Array, at: number, end: number, out: F[], most: number): number {
    for (let taken = 0; taken < most && at < end; taken++) {
      const first = bytes[at] as number
      this.#chosen = this.#choose(first)
      if (this.#chosen === undefined) {
        throw new MalformedFrameError(this.name, `a frame begins with a byte ${first.toString(16).padStart(2, '0')}`)
      }
      const before = out.length
      at = this.#chosen.take(bytes, at, end, out, 1)
      if (out.length === before) break
    }
    return at
  }

  search(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number {
    return this.#chosen?.search?.(held, bytes, at, end) ?? end - at
  }

  truncated(held: number): ReturnType<Framer<F>['truncated']> {
    return this.#chosen?.truncated(held) ?? { phase: 'header', had: held }
  }
}
