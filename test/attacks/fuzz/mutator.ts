/**
 * Bytes that are a little wrong: flipped bits, pieces cut out, doubled, taken from another input, the edges of integers,
 * words that matter to the formats here. All from a seed.
 */
const words = [
  '\r\n',
  '\n',
  '?',
  '\0',
  '{',
  '"',
  '-1',
  '+5',
  '0x10',
  '1e9',
  '99999999999999999999',
  '\x80\x04',
  '\xff\xff\xff\xff',
  '../',
  '%n',
  '\x1b[2J',
  '\u00e2\u0080\u00ae',
  '__proto__'
]
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]

export class Mutator {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** From 0 up to 1. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    return Math.floor(this.random() * bound)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }

  /**
   * One to four changes.
   *
   * @param others what pieces are taken from
   * @param most bytes of the result
   */
  mutated(input: Uint8Array, others: readonly Uint8Array[], most = 4096): Buffer {
    let bytes: Buffer = Buffer.from(input)
    for (let count = 1 + this.below(4); count > 0; count--) bytes = this.#once(bytes, others)
    return bytes.subarray(0, most)
  }

  #once(bytes: Buffer, others: readonly Uint8Array[]): Buffer {
    const at = this.below(bytes.length + 1)
    const size = 1 + this.below(Math.min(64, bytes.length - at + 1))
    const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at)]
    switch (this.below(9)) {
      case 0: {
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << this.below(8))
        return bytes
      }
      case 1: {
        if (at < bytes.length) bytes[at] = this.below(256)
        return bytes
      }
      case 2:
        return before
      case 3:
        return Buffer.concat([before, behind.subarray(size)])
      case 4: {
        const piece = behind.subarray(0, size)
        return Buffer.concat([before, ...Array.from({ length: 1 + this.below(8) }, () => piece), behind])
      }
      case 5: {
        const other = this.pick(others)
        const from = this.below(other.length + 1)
        return Buffer.concat([before, other.subarray(from, from + 1 + this.below(128)), behind])
      }
      case 6:
        return Buffer.concat([before, Buffer.from(this.pick(words), 'latin1'), behind])
      case 7: {
        const width = this.pick([1, 2, 4])
        if (at + width > bytes.length) return bytes
        const value = this.pick(edges) % 2 ** (8 * width)
        if (this.random() < 0.5) bytes.writeUIntBE(value, at, width)
        else bytes.writeUIntLE(value, at, width)
        return bytes
      }
      default:
        return Buffer.concat([before, Buffer.from(Array.from({ length: size }, () => this.below(256))), behind])
    }
  }
}
