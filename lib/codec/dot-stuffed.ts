/**
 * Dot-stuffed: lines of text, and a line of a single dot behind them; a line that begins with a dot has one more in front
 * (RFC 5321, 4.5.2; RFC 1939, 3; RFC 3977, 3.1.1).
 *
 *   hello CRLF ..hidden CRLF . CRLF      frame: hello CRLF .hidden CRLF
 *
 * A frame is empty or ends in CRLF. CR and LF stand in it only together, in both directions: a lone LF in front of a dot
 * is how one message is smuggled inside another past a reader that is less strict.
 */
import { FrameRefusedError, MalformedFrameError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Codec } from '../types.ts'
import { CountedPassage } from './counted-passage.ts'
import type { DelimiterFramer } from './delimiter-framer.ts'
import { escapedCodec } from './escaped-codec.ts'
import type { Escaping, EscapingReader } from './escaping.ts'
import type { Framer } from './frame-decoder.ts'
import type { HeldBytes } from './held-bytes.ts'
import { asItIs, type Oversized } from './large-frame.ts'

const CR = 0x0d
const LF = 0x0a
const dot = 0x2e
const nothing = new Uint8Array(0)
/** The end of a frame without lines. */
const emptyMark = new Uint8Array([dot, CR, LF])
const mark = new Uint8Array([CR, LF, dot, CR, LF])
const name = 'dot-stuffed'

/**
 * Frames of whole lines, as mail and news are sent.
 *
 * Decoding throws `FrameTooLargeError`, `UnexpectedEndError`, and `MalformedFrameError` for a lone CR or LF (recoverable);
 * encoding throws `FrameOverLimitError`, and `FrameRefusedError` for a lone CR or LF and a last line without its end.
 *
 * @param options.maxBytes the largest frame in bytes (1 MiB)
 * @throws InvalidOptionError
 * @example const message = await talk.next(dotStuffed())
 */
export function dotStuffed({ maxBytes = limits.frameBytes }: { maxBytes?: number } = {}): Codec<Uint8Array> {
  const framer = (inner: DelimiterFramer): Framer<Uint8Array> => new DotStuffedFramer(inner)
  return escapedCodec({ name, mark, escaping: dotEscaping, maxBytes, skipEmpty: false, framer, emptyMark })
}

const dotEscaping: Escaping = {
  wireBytes: (size) => 2 * size,
  write(payload) {
    if (payload.byteLength === 0) return payload
    const wire = new Uint8Array(2 * payload.byteLength)
    let at = 0
    for (let index = 0; index < payload.byteLength; index++) {
      const byte = payload[index] as number
      const before = index === 0 ? LF : (payload[index - 1] as number)
      if ((byte === LF) !== (before === CR)) throw new FrameRefusedError(name, `with a lone CR or LF at byte ${index}`)
      if (byte === dot && before === LF) wire[at++] = dot
      wire[at++] = byte
    }
    if (payload[payload.byteLength - 1] !== LF)
      throw new FrameRefusedError(name, 'whose last line does not end in CRLF')
    return wire.subarray(0, at - 2)
  },
  read(wire) {
    const payload = new Uint8Array(wire.byteLength + 2)
    let size = 0
    let before = LF
    for (const byte of wire) {
      if ((byte === LF) !== (before === CR)) throw lone()
      if (byte !== dot || before !== LF) payload[size++] = byte
      before = byte
    }
    if (before === CR) throw lone()
    payload[size++] = CR
    payload[size++] = LF
    return payload.subarray(0, size)
  },
  reader: () => new DotReader()
}

/** The wire ends in front of the last CRLF, which belongs to the payload all the same. */
class DotReader implements EscapingReader {
  fault: MalformedFrameError | undefined
  #before = LF

  read(wire: Uint8Array): Uint8Array {
    const payload = new Uint8Array(wire.byteLength)
    let at = 0
    for (let index = 0; index < wire.byteLength && this.fault === undefined; index++) {
      const byte = wire[index] as number
      if ((byte === LF) !== (this.#before === CR)) this.fault = lone()
      else if (byte !== dot || this.#before !== LF) payload[at++] = byte
      this.#before = byte
    }
    return payload.subarray(0, at)
  }

  end(): Uint8Array {
    if (this.#before === CR) this.fault ??= lone()
    return this.fault === undefined ? new Uint8Array([CR, LF]) : nothing
  }
}

function lone(): MalformedFrameError {
  return new MalformedFrameError(name, 'a CR or LF stands alone')
}

/** A frame without lines is a dot at once: there is no line end in front of it. */
class DotStuffedFramer implements Framer<Uint8Array> {
  readonly name = name
  readonly #inner: DelimiterFramer
  #undecided = false

  constructor(inner: DelimiterFramer) {
    this.#inner = inner
  }

  get need(): number {
    return 0
  }

  get oversized(): Oversized<Uint8Array> | undefined {
    return this.#inner.oversized
  }

  set oversized(over: undefined) {
    this.#inner.oversized = over
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    for (let taken = 0; taken < most && at < end; taken++) {
      let same = 0
      while (same < 3 && at + same < end && bytes[at + same] === emptyMark[same]) same++
      this.#undecided = same < 3 && at + same === end
      if (this.#undecided) return at
      if (same === 3 && !this.#inner.joins) {
        const passage = new CountedPassage(name, 3, 0)
        this.#inner.oversized = { size: 0, limit: 0, length: 0, room: 0, frame: asItIs, passage }
        return at
      }
      if (same === 3) {
        out.push(new Uint8Array(0))
        at += 3
        continue
      }
      const next = this.#inner.take(bytes, at, end, out, 1)
      if (next === at) return at
      at = next
    }
    return at
  }

  search(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number {
    return this.#undecided ? Math.min(end - at, 3 - held.length) : this.#inner.search(held, bytes, at, end)
  }

  truncated(held: number): ReturnType<Framer<Uint8Array>['truncated']> {
    return this.#inner.truncated(held)
  }
}
