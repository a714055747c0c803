/** Finds frames that end in a mark, and knows when there will be none. */
import { MalformedFrameError, PeerError } from '../errors.ts'
import type { Escaping } from './escaping.ts'
import type { Framer } from './frame-decoder.ts'
import type { HeldBytes } from './held-bytes.ts'
import { indexOfMark } from './index-of-mark.ts'
import { asItIs, type Oversized } from './large-frame.ts'
import { MarkPassage } from './mark-passage.ts'
import { MarkSearch } from './mark-search.ts'
import type { Marks } from './marks.ts'

/** A delimiter's rules, worked out once for all its decoders and encoders. */
export interface DelimiterRules {
  readonly name: string
  readonly marks: Marks
  /** What must stand in front of every frame; other bytes there are garbage. */
  readonly begin: Uint8Array | undefined
  readonly maxGarbageBytes: number
  readonly keep: boolean
  readonly skipEmpty: boolean
  readonly maxBytes: number
  /** How payloads are written so that no mark stands in one. */
  readonly escaping?: Escaping
}

const nothing = new Uint8Array(0)

export class DelimiterFramer implements Framer<Uint8Array> {
  readonly name: string
  readonly need = 0
  oversized: Oversized<Uint8Array> | undefined
  readonly #rules: DelimiterRules
  readonly #limit: number
  readonly #begin: number
  /** So many bytes without a mark in them can only be the beginning of a frame over the limit. */
  readonly #hopeless: number
  /** The largest frame on the wire. */
  readonly #wireLimit: number
  /** Whether a frame that is wrong inside is an item in its place. */
  readonly #tolerant: boolean
  /** One mark and no other rule. */
  readonly #simple: boolean
  /** The last bytes of what is held: all but one of a mark may be among them. */
  #before: Uint8Array = nothing
  readonly #scratch: Uint8Array
  /** Bytes thrown away since the last frame. */
  #garbage = 0
  /** What is held begins with the begin mark. */
  #begun: boolean

  /** @param limit the largest frame that is joined, in bytes */
  constructor(rules: DelimiterRules, limit: number, tolerant = false) {
    const begin = rules.begin?.byteLength ?? 0
    const wireLimit = rules.escaping === undefined || limit < 0 ? limit : rules.escaping.wireBytes(limit)
    this.name = rules.name
    this.#rules = rules
    this.#limit = limit
    this.#begin = begin
    this.#begun = begin === 0
    this.#wireLimit = wireLimit
    this.#tolerant = tolerant
    this.#simple = rules.marks.all.length === 1 && begin === 0 && !rules.skipEmpty && rules.escaping === undefined
    this.#scratch = new Uint8Array(2 * (rules.marks.longest - 1))
    this.#hopeless = wireLimit + (rules.keep ? 0 : rules.marks.longest + begin)
  }

  /** Whether frames are joined at all. */
  get joins(): boolean {
    return this.#limit >= 0
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    if (!this.#simple || most === 1) return this.#takeByRules(bytes, at, end, out, most)
    const before = out.length
    const next = this.#takeRun(bytes, at, end, out, most)
    if (next === end || out.length - before === most) return next
    return this.#takeByRules(bytes, next, end, out, 1)
  }

  /** Frames that end in one mark, with no other rule: nothing but the search, up to the first that needs a closer look. */
  #takeRun(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { marks, keep } = this.#rules
    const { buffer, byteOffset } = bytes
    const [mark] = marks.latin1 as [string]
    const markSize = mark.length
    const kept = keep ? markSize : 0
    const limit = this.#limit
    const run = Buffer.from(buffer, byteOffset + at, end - at).toString('latin1')
    const runAt = at
    for (let taken = 0; taken < most; taken++) {
      const found = run.indexOf(mark, at - runAt)
      if (found < 0) break
      const size = found + runAt - at + kept
      if (size > limit) break
      out.push(new Uint8Array(buffer, byteOffset + at, size))
      at = found + runAt + markSize
    }
    return at
  }

  #takeByRules(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    const { marks, keep, skipEmpty, begin, escaping } = this.#rules
    const { buffer, byteOffset } = bytes
    const wireLimit = this.#wireLimit
    const beginSize = this.#begin
    const single = marks.all.length === 1
    const markSize = marks.longest
    const run = most === 1 ? undefined : new MarkSearch(marks, bytes, at, end)
    let taken = 0
    while (taken < most && at < end) {
      if (begin !== undefined) {
        at = this.#skipGarbage(begin, bytes, at, end)
        if (!this.#begun) return at
      }
      const from = at + beginSize
      const found = run === undefined ? marks.endOfFirst(bytes, from, end) : run.endOfNext(from)
      if (found < 0) {
        if (end - at < this.#hopeless) this.#before = copy(bytes, Math.max(from, end - markSize + 1), end)
        else this.#refuse()
        return at
      }
      const payloadAt = keep ? at : from
      const payloadEnd = keep ? found : found - (single ? markSize : marks.sizeBefore(bytes, from, found))
      const size = payloadEnd - payloadAt
      const empty = skipEmpty && isEmpty(size, keep, beginSize, marks, bytes, payloadAt, found)
      if (size > wireLimit && !empty) {
        this.#refuse()
        return at
      }
      let frame = new Uint8Array(buffer, byteOffset + payloadAt, size)
      if (escaping !== undefined && !empty) {
        frame = this.#unescaped(escaping, frame)
        if (frame.byteLength > this.#limit) {
          this.#refuse()
          return at
        }
      }
      at = found
      this.#begun = beginSize === 0
      if (empty) continue
      out.push(frame)
      taken++
    }
    return at
  }

  /** A mark may lie across the border: the end of what is held is searched together with the beginning of the chunk. */
  search(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number {
    if (!this.#begun) return end - at
    const { marks } = this.#rules
    return marks.longest === 1 ? this.#searchByte(held, bytes, at, end) : this.#searchAcross(held, bytes, at, end)
  }

  /** Marks of one byte lie across no border. */
  #searchByte(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number {
    const found = this.#rules.marks.endOfFirst(bytes, at, end)
    if (found >= 0) return found - at
    if (held.length + end - at >= this.#hopeless) this.#refuse()
    return -1
  }

  #searchAcross(held: HeldBytes, bytes: Uint8Array, at: number, end: number): number {
    const { marks } = this.#rules
    const border = this.#border(bytes, at, end)
    const across = marks.endOfFirst(border, 0, border.byteLength)
    const ahead = across - this.#before.byteLength
    const found = marks.endOfFirst(bytes, at, ahead > 0 ? at + ahead : end)
    if (found >= 0) return found - at
    if (ahead > 0) return ahead
    if (held.length + end - at >= this.#hopeless) this.#refuse()
    const kept = marks.longest - 1
    this.#before = end - at < kept ? border.slice(Math.max(0, border.byteLength - kept)) : copy(bytes, end - kept, end)
    return -1
  }

  truncated(held: number): ReturnType<Framer<Uint8Array>['truncated']> {
    return { phase: this.#begun ? 'payload' : 'header', had: held }
  }

  /** A frame that is wrong inside is whole all the same: where the reader wants it so, the error stands in its place. */
  #unescaped(escaping: Escaping, wire: Uint8Array): Uint8Array {
    try {
      return escaping.read(wire)
    } catch (error) {
      if (this.#tolerant && error instanceof PeerError) return error as unknown as Uint8Array
      throw error
    }
  }

  #refuse(): void {
    const limit = this.#rules.maxBytes
    const passage = new MarkPassage(this.#rules)
    this.oversized = { size: limit + 1, limit, length: undefined, room: limit, frame: asItIs, passage }
  }

  /** Throws away what is in front of the next begin mark; answers where it stands, or what may be one stands. */
  #skipGarbage(begin: Uint8Array, bytes: Uint8Array, at: number, end: number): number {
    const found = standsAt(begin, bytes, at, end) ? at : indexOfMark(bytes, begin, at, end)
    this.#begun = found >= 0
    const next = found >= 0 ? found : beginningOf(begin, bytes, at, end)
    this.#garbage += next - at
    const { name, maxGarbageBytes } = this.#rules
    if (this.#garbage > maxGarbageBytes) {
      throw new MalformedFrameError(name, `more than ${maxGarbageBytes} bytes in front of the begin mark`)
    }
    if (this.#begun) this.#garbage = 0
    return next
  }

  /** The end of what is held and as much of the chunk as a mark that began there could reach into. */
  #border(bytes: Uint8Array, at: number, end: number): Uint8Array {
    const before = this.#before
    const reach = Math.min(this.#rules.marks.longest - 1, end - at)
    const border = this.#scratch.subarray(0, before.byteLength + reach)
    border.set(before)
    border.set(bytes.subarray(at, at + reach), before.byteLength)
    return border
  }
}

function isEmpty(
  size: number,
  keep: boolean,
  begin: number,
  marks: Marks,
  bytes: Uint8Array,
  at: number,
  found: number
): boolean {
  return keep ? size === begin + marks.sizeBefore(bytes, at + begin, found) : size === 0
}

function standsAt(mark: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (at + mark.byteLength > end) return false
  for (let index = 0; index < mark.byteLength; index++) if (bytes[at + index] !== mark[index]) return false
  return true
}

/** The index at which the longest ending of `bytes[at, end)` stands that could become the mark. */
function beginningOf(mark: Uint8Array, bytes: Uint8Array, at: number, end: number): number {
  for (let start = Math.max(at, end - mark.byteLength + 1); start < end; start++) {
    let index = 0
    while (start + index < end && bytes[start + index] === mark[index]) index++
    if (start + index === end) return start
  }
  return end
}

/** Not `slice`, which for a Buffer is a view that would pin the chunk. */
function copy(bytes: Uint8Array, at: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(at, end))
}
