/** Reads the pieces of a pickle's opcodes: numbers little endian, lines up to `\n`, runs of bytes. Copies nothing. */

/** Where Python's own limit for turning digits into an int stands; the work grows faster than the digits. */
const maxDigits = 4300

/** Lone surrogates and escapes in one pickle: nobody has so many, and they would hold up the event loop. */
const maxEscapes = 262_144

export class PickleCursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  position = 0
  #escapes = 0

  /** Counts what is slow to read. @throws Error where it is too much */
  readonly spend = (): void => {
    if (++this.#escapes > maxEscapes) throw new Error(`more than ${maxEscapes} escapes or lone surrogates`)
  }

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.byteLength - this.position
  }

  /** @throws Error where there are fewer */
  take(length: number): Uint8Array {
    if (length > this.left) throw new Error(`${length} bytes announced and ${this.left} there`)
    const from = this.position
    this.position += length
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + from, length)
  }

  u1(): number {
    return this.#view.getUint8(this.#step(1))
  }

  u2(): number {
    return this.#view.getUint16(this.#step(2), true)
  }

  u4(): number {
    return this.#view.getUint32(this.#step(4), true)
  }

  i4(): number {
    return this.#view.getInt32(this.#step(4), true)
  }

  /** A length of 8 bytes; what is too large to be here reads as a number that is also too large. */
  u8(): number {
    return Number(this.#view.getBigUint64(this.#step(8), true))
  }

  double(): number {
    return this.#view.getFloat64(this.#step(8))
  }

  /** The bytes up to the next line end, which is taken too. */
  line(): Uint8Array {
    const end = this.#bytes.indexOf(0x0a, this.position)
    if (end === -1) throw new Error('a line without an end')
    const line = this.take(end - this.position)
    this.position++
    return line
  }

  /** The same, as text in which a byte is a character. */
  latin1Line(): string {
    return latin1(this.line())
  }

  /** A line of decimal digits, as Python writes them: with a zero in front it would read them as octal, or not at all. */
  decimalLine(suffix = ''): bigint {
    const line = this.latin1Line()
    const digits = line.endsWith(suffix) ? line.slice(0, line.length - suffix.length) : line
    if (!/^(?:0|-?[1-9]\d*)$/.test(digits)) throw new Error(`${shown(line)} where a number should stand`)
    if (digits.length > maxDigits)
      throw new Error(`a number of ${digits.length} digits, over the limit of ${maxDigits}`)
    return BigInt(digits)
  }

  #step(length: number): number {
    if (length > this.left) throw new Error('it ends inside an opcode')
    const from = this.position
    this.position += length
    return from
  }
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** As much of a text as an error needs. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
}
