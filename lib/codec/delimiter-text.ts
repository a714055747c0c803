/**
 * The faster road for `text(delimiter(...))`: all whole frames of a chunk become one string, which is then sliced; frames
 * to send are joined as strings and become bytes once. About twice as fast as going frame by frame.
 *
 * Only where the mark is UTF-8 that means itself alone (no U+FFFD). Limits count the original bytes. A run with a bad
 * frame in it goes frame by frame, so that the good ones before it come first.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { FrameTooLargeError } from '../errors.ts'
import type { Codec } from '../types.ts'
import { DelimiterFramer, type DelimiterRules } from './delimiter-framer.ts'
import { FrameDecoder, type Framer } from './frame-decoder.ts'
import type { HeldBytes } from './held-bytes.ts'
import { type Oversized, ruleOf } from './large-frame.ts'
import { decodeText, encodedText, textCodec } from './text-codec.ts'

/** Undefined where the mark does not allow it. */
export function delimiterText(rules: DelimiterRules, codec: Codec<Uint8Array>): (() => Codec<string>) | undefined {
  const [bytes, ...more] = rules.marks.all
  if (bytes === undefined || more.length > 0 || rules.begin !== undefined || !isUtf8(bytes)) return undefined
  const mark = Buffer.from(bytes).toString()
  if (mark.includes('\ufffd')) return undefined
  return () => {
    const slow = textCodec(codec)
    return {
      name: slow.name,
      decoder: (run = {}) =>
        run.onFault === 'item' || ruleOf(run) !== undefined
          ? slow.decoder(run)
          : new FrameDecoder(new DelimiterTextFramer(rules, bytes, mark), run),
      encoder: () => {
        const frameByFrame = slow.encoder()
        return {
          push(batch, out) {
            if (batch.length === 0) return
            const bytes = joined(batch, mark, rules)
            if (bytes === undefined) frameByFrame.push(batch, out)
            else out.push(bytes)
          }
        }
      }
    }
  }
}

/** All frames of a batch as bytes; undefined where one of them is refused or may be over the limit. */
function joined(
  batch: readonly string[],
  mark: string,
  { name, keep, skipEmpty, maxBytes }: DelimiterRules
): Uint8Array | undefined {
  let all = ''
  for (let index = 0; index < batch.length; index++) {
    const frame = batch[index]
    if (typeof frame !== 'string') return undefined
    const whole = keep ? frame : frame + mark
    const found = whole.indexOf(mark)
    if (found < 0 || found !== whole.length - mark.length || frame.length * 3 > maxBytes) return undefined
    if (skipEmpty && found === 0) return undefined
    all += whole
  }
  return encodedText(all, name)
}

class DelimiterTextFramer implements Framer<string> {
  readonly name: string
  readonly need = 0
  readonly #rules: DelimiterRules
  readonly #markBytes: Uint8Array
  readonly #mark: string
  readonly #bytes: DelimiterFramer

  constructor(rules: DelimiterRules, markBytes: Uint8Array, mark: string) {
    this.name = rules.name
    this.#rules = rules
    this.#markBytes = markBytes
    this.#mark = mark
    this.#bytes = new DelimiterFramer(rules, rules.maxBytes)
  }

  /** Only ever a fault: for every other rule the frames are made of bytes. */
  get oversized(): Oversized<string> | undefined {
    return this.#bytes.oversized as Oversized<string> | undefined
  }

  set oversized(over: undefined) {
    this.#bytes.oversized = over
  }

  take(bytes: Uint8Array, at: number, end: number, out: string[], most: number): number {
    // For a single frame a whole run would be looked at, and at the next one again.
    if (most === 1) return this.#frameByFrame(bytes, at, end, out, 1)
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, end)
    const lastMark = chunk.lastIndexOf(this.#markBytes)
    const runEnd = lastMark < at ? at : lastMark + this.#markBytes.byteLength
    const run = chunk.subarray(at, runEnd)
    const ascii = isAscii(run)
    if (!ascii && !isUtf8(run)) return this.#frameByFrame(bytes, at, end, out, most)
    const before = out.length
    const taken = this.#slice(run.toString(ascii ? 'latin1' : 'utf8'), ascii, out, most)
    const next = at + taken
    if (out.length - before === most) return next
    // What no mark ends is left to the byte road, which knows when it is hopeless.
    return next < end ? this.#bytes.take(bytes, next, end, [], 1) : next
  }

  search(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number {
    return this.#bytes.search(held, bytes, at, end)
  }

  truncated(held: number): ReturnType<Framer<string>['truncated']> {
    return this.#bytes.truncated(held)
  }

  /** Adds the frames of a run; answers how many bytes they and their marks have. */
  #slice(run: string, ascii: boolean, out: string[], most: number): number {
    const mark = this.#mark
    const { keep, skipEmpty, maxBytes, name } = this.#rules
    const kept = keep ? mark.length : 0
    let from = 0
    for (let taken = 0; taken < most; taken++) {
      let found = run.indexOf(mark, from)
      while (skipEmpty && found === from) {
        from += mark.length
        found = run.indexOf(mark, from)
      }
      if (found < 0) break
      const frame = run.slice(from, found + kept)
      if (frame.length * (ascii ? 1 : 3) > maxBytes && Buffer.byteLength(frame) > maxBytes) {
        throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
      }
      out.push(frame)
      from = found + mark.length
    }
    return ascii ? from : Buffer.byteLength(run.slice(0, from))
  }

  #frameByFrame(bytes: Uint8Array, at: number, end: number, out: string[], most: number): number {
    const frames: Uint8Array[] = []
    let next = at
    let fault: { error: unknown } | undefined
    try {
      next = this.#bytes.take(bytes, at, end, frames, most)
    } catch (error) {
      fault = { error }
    }
    for (const frame of frames) out.push(decodeText(this.name, frame))
    if (fault !== undefined) throw fault.error
    return next
  }
}
