/** What the hand-written decoders share: their shape, their limits, and the bytes of a frame that lies across two chunks. */

export interface Loop<F> {
  push(chunk: Uint8Array, out: F[]): void
  /** The input ended. */
  end(out: F[]): void
}

/** The limits of our own codecs, so that both sides check the same. */
export const maxFrameBytes = 1024 * 1024
export const maxLineBytes = 4 * 1024
export const maxWholeBytes = 16 * 1024 * 1024
export const maxBlocks = 65_536

export const nothing = new Uint8Array(0)

/** The start of a frame whose end has not come yet; a copy, since a view would keep the whole chunk. */
export class Carry {
  bytes = nothing

  /** Takes from the chunk until there are so many bytes, and says where it stopped. */
  fill(chunk: Uint8Array, from: number, target: number): number {
    const to = Math.min(from + target - this.bytes.length, chunk.length)
    if (to > from) this.add(chunk.subarray(from, to))
    return Math.max(from, to)
  }

  add(piece: Uint8Array): void {
    const both = new Uint8Array(this.bytes.length + piece.length)
    both.set(this.bytes)
    both.set(piece, this.bytes.length)
    this.bytes = both
  }

  /** The bytes from `header` on; it is empty again. */
  take(header = 0): Uint8Array {
    const bytes = header === 0 ? this.bytes : this.bytes.subarray(header)
    this.bytes = nothing
    return bytes
  }

  end(): void {
    if (this.bytes.length > 0) throw new Error(`the input ended after ${this.bytes.length} bytes of a frame`)
  }
}
