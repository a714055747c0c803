/**
 * One line while it is typed. A character is taken back as a whole: all bytes of it, and the marks, joiners and variation
 * selectors that stand on it. What is taken back was typed, so all of it is work in a straight line.
 */
const backspace = 0x08
const lineFeed = 0x0a
const carriageReturn = 0x0d
const eraseAll = 0x15
const eraseWord = 0x17
const remove = 0x7f

/** What an empty line has room for, and the most that it keeps. */
const fewBytes = 64
const mostKept = 1024

const blank = /^\s$/u
const joiner = 0x200d
/** Marks, joiners and selectors: they belong to the character in front of them. */
const attached = /^(?:\p{M}|\u200d|\p{Emoji_Modifier})$/u

export class TypedLine {
  #bytes = Buffer.alloc(fewBytes)
  length = 0

  /** The index of the first byte that is no plain part of a line, but a key or telnet's. */
  plainUntil(bytes: Uint8Array, from: number, end: number): number {
    let at = from
    while (at < end && isPlain(bytes[at] as number)) at++
    return at
  }

  type(bytes: Uint8Array, from: number, until: number): void {
    const length = this.length + until - from
    if (length > this.#bytes.byteLength) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#bytes.byteLength))
      grown.set(this.#bytes.subarray(0, this.length))
      this.#bytes = grown
    }
    this.#bytes.set(bytes.subarray(from, until), this.length)
    this.length = length
  }

  /** A key that is no plain one. True: it ends the line. */
  press(key: number): boolean {
    if (key === backspace || key === remove) this.eraseCharacter()
    else if (key === eraseWord) this.#eraseWord()
    else if (key === eraseAll) this.clear()
    return key === lineFeed || key === carriageReturn
  }

  clear(): void {
    this.length = 0
    if (this.#bytes.byteLength > mostKept) this.#bytes = Buffer.alloc(fewBytes)
  }

  eraseCharacter(): void {
    let erased = this.#eraseSign()
    while (this.length > 0 && (attached.test(erased) || this.#last() === joiner)) erased = this.#eraseSign()
  }

  /** What was typed; the line is empty then. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.length)
    this.clear()
    return text
  }

  takeBytes(): Uint8Array {
    const bytes = this.bytes()
    this.clear()
    return bytes
  }

  /** A copy. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.length))
  }

  #eraseWord(): void {
    let erased = this.#eraseSign()
    while (this.length > 0 && blank.test(erased)) erased = this.#eraseSign()
    while (this.length > 0 && !blank.test(String.fromCodePoint(this.#last()))) this.#eraseSign()
  }

  /** Takes back one code point, or one byte that belongs to none. */
  #eraseSign(): string {
    const start = this.#lastStart()
    const text = this.#bytes.toString('utf8', start, this.length)
    this.length = start
    return text
  }

  #last(): number {
    return this.#bytes.toString('utf8', this.#lastStart(), this.length).codePointAt(0) ?? 0
  }

  /** Where the last code point begins, or the last byte where that belongs to none. */
  #lastStart(): number {
    const last = this.length - 1
    let start = last
    while (start > 0 && last - start < 3 && ((this.#bytes[start] as number) & 0xc0) === 0x80) start--
    const first = this.#bytes[start] as number
    const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
    return last - start < size ? Math.max(0, start) : last
  }
}

function isPlain(byte: number): boolean {
  if (byte >= 0x20) return byte !== remove && byte !== 0xff
  return !(
    byte === 0 ||
    byte === backspace ||
    byte === lineFeed ||
    byte === carriageReturn ||
    byte === eraseAll ||
    byte === eraseWord
  )
}
