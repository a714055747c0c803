/**
 * Reads typed lines byte by byte: every byte is looked at once, and only what is left of a line is kept.
 */
import type { FramePhase } from '../errors.ts'
import type { Framer } from './frame-decoder.ts'
import type { Oversized, Passage } from './large-frame.ts'
import { TelnetReader } from './telnet-reader.ts'
import { TypedLine } from './typed-line.ts'

export class TypedLinesFramer implements Framer<string | Uint8Array> {
  readonly name: string
  readonly need = 0
  oversized: Oversized<string | Uint8Array> | undefined
  readonly #maxBytes: number
  readonly #line = new TypedLine()
  readonly #telnet = new TelnetReader()

  /** @param maxBytes the longest line; -1 where every line is wanted in parts */
  constructor(name: string, maxBytes: number) {
    this.name = name
    this.#maxBytes = maxBytes
  }

  take(bytes: Uint8Array, from: number, end: number, out: (string | Uint8Array)[], most: number): number {
    const line = this.#line
    const telnet = this.#telnet
    const wanted = out.length + most
    let at = from
    while (at < end && out.length < wanted) {
      if (telnet.inside) {
        telnet.take(bytes[at++] as number, line, out)
        continue
      }
      const until = line.plainUntil(bytes, at, end)
      if (until > at) {
        const room = this.#maxBytes - line.length
        if (until - at > room) return this.#tooLong(line, at)
        line.type(bytes, at, until)
        at = until
        continue
      }
      const key = bytes[at++] as number
      if (key === 0xff) telnet.begin()
      else if (line.press(key) && line.length > 0) out.push(line.take())
    }
    return at
  }

  kept(): number {
    return this.#line.length + (this.#telnet.inside ? 1 : 0)
  }

  beginning(): Uint8Array {
    return this.#line.bytes()
  }

  truncated(): { phase: FramePhase; had: number } {
    return { phase: this.#telnet.inside ? 'header' : 'payload', had: this.kept() }
  }

  /** Nothing of the bytes from `at` on was taken. */
  #tooLong(line: TypedLine, at: number): number {
    const limit = Math.max(0, this.#maxBytes)
    this.oversized = {
      taken: line.length,
      size: limit + 1,
      limit,
      length: undefined,
      room: limit,
      frame: (payload) => Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString(),
      passage: new RestOfLine(line.takeBytes(), this.#telnet)
    }
    return at
  }
}

/** The rest of a line that is too long: it cannot be mended any more, and ends where it ends. */
class RestOfLine implements Passage {
  done = false
  #before: Uint8Array
  readonly #telnet: TelnetReader

  constructor(before: Uint8Array, telnet: TelnetReader) {
    this.#before = before
    this.#telnet = telnet
  }

  pass(bytes: Uint8Array, from: number, end: number, data: Uint8Array[]): number {
    if (this.#before.byteLength > 0) data.push(this.#before)
    this.#before = new Uint8Array(0)
    let at = from
    while (at < end && !this.done) {
      const byte = bytes[at] as number
      if (this.#telnet.inside) {
        this.#telnet.take(byte)
        at++
      } else if (byte === 0xff) {
        this.#telnet.begin()
        at++
      } else if (byte === 0x0a || byte === 0x0d) {
        this.done = true
        at++
      } else {
        const start = at
        while (at < end && !ends(bytes[at] as number)) at++
        data.push(new Uint8Array(bytes.buffer, bytes.byteOffset + start, at - start))
      }
    }
    return at
  }

  missing(): { phase: FramePhase } {
    return { phase: 'payload' }
  }
}

function ends(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d || byte === 0xff
}
