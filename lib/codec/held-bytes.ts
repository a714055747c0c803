/**
 * The bytes of a frame that is not whole yet.
 *
 * Small pieces are copied into a buffer that doubles, never beyond what the frame needs; pieces of 4 KiB and up are kept
 * by reference, unless that would pin a buffer more than twice as large. Everything is joined once, at the end. So work
 * grows in a straight line however the bytes were cut, and at most 2 bytes are held for each byte received.
 */
import { Uint8ArrayList } from 'uint8arraylist'

const byReference = 4096
const smallest = 64

export class HeldBytes {
  length = 0
  #pieces: Uint8ArrayList | undefined
  #tail: Uint8Array | undefined
  #used = 0

  /** @param most bytes that the whole will have where that is known */
  append(bytes: Uint8Array, most: number = Number.POSITIVE_INFINITY): void {
    const size = bytes.byteLength
    if (size === 0) return
    if (size >= byReference && size * 2 >= bytes.buffer.byteLength) {
      this.#closeTail()
      this.#pieces ??= new Uint8ArrayList()
      this.#pieces.append(bytes)
    } else {
      const tail = this.#room(size, most)
      if (size === 1) tail[this.#used] = bytes[0] as number
      else tail.set(bytes, this.#used)
      this.#used += size
    }
    this.length += size
  }

  /** All bytes in one piece. What was appended may go on being appended to. */
  join(): Uint8Array {
    if (this.#pieces === undefined)
      return this.#tail === undefined ? new Uint8Array(0) : this.#tail.subarray(0, this.#used)
    this.#closeTail()
    const joined = this.#pieces.subarray()
    this.#pieces = new Uint8ArrayList(joined)
    // One piece comes back as it was, which may be a Buffer; a frame is none.
    return new Uint8Array(joined.buffer, joined.byteOffset, joined.byteLength)
  }

  clear(): void {
    this.length = 0
    this.#pieces = undefined
    this.#tail = undefined
    this.#used = 0
  }

  #room(size: number, most: number): Uint8Array {
    const used = this.#used
    const tail = this.#tail
    if (tail !== undefined && used + size <= tail.byteLength) return tail
    const wanted = Math.max(smallest, 2 * (used + size))
    const needed = Math.max(used + size, most - (this.length - used))
    const grown = new Uint8Array(Math.min(wanted, needed))
    if (tail !== undefined) grown.set(tail.subarray(0, used))
    this.#tail = grown
    return grown
  }

  #closeTail(): void {
    if (this.#tail === undefined) return
    this.#pieces ??= new Uint8ArrayList()
    if (this.#used > 0) this.#pieces.append(this.#tail.subarray(0, this.#used))
    this.#tail = undefined
    this.#used = 0
  }
}
