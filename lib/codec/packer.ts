/**
 * Where encoders write: small frames are packed into one chunk, big payloads pass by reference.
 *
 * A frame that is refused halfway leaves no byte behind: `begin` marks where it begins, `undo` goes back there.
 */
const nothing: Uint8Array = new Uint8Array(0)
const byReference = 4096
const smallest = 256
const largest = 64 * 1024

export class Packer {
  readonly #out: Uint8Array[]
  #buffer: Uint8Array
  /** First byte of the buffer that no chunk in `out` has yet. */
  #from = 0
  #at = 0
  readonly #begun = { chunks: 0, buffer: nothing, from: 0, at: 0 }

  /** @param expected about how many bytes will come */
  constructor(out: Uint8Array[], expected: number = smallest) {
    this.#out = out
    this.#buffer = allocate(Math.min(Math.max(expected, smallest), largest))
  }

  /** A frame begins here. */
  begin(): void {
    const begun = this.#begun
    begun.chunks = this.#out.length
    begun.buffer = this.#buffer
    begun.from = this.#from
    begun.at = this.#at
  }

  /** Takes back what was put since `begin`. */
  undo(): void {
    const { chunks, buffer, from, at } = this.#begun
    this.#out.length = chunks
    this.#buffer = buffer
    this.#from = from
    this.#at = at
  }

  /** Bytes of a payload: copied where they are few, else passed on as they are. */
  bytes(bytes: Uint8Array): void {
    if (bytes.byteLength >= byReference) {
      this.flush()
      this.#out.push(bytes)
      return
    }
    this.#room(bytes.byteLength)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.byteLength
  }

  /** Room for a header of `size` bytes, which `write` fills from `at` on. */
  header(size: number, write: (into: Uint8Array, at: number) => void): void {
    this.#room(size)
    // What `write` leaves out must not be what the memory held before.
    for (let index = 0; index < size; index++) this.#buffer[this.#at + index] = 0
    write(this.#buffer, this.#at)
    this.#at += size
  }

  flush(): void {
    if (this.#at === this.#from) return
    this.#out.push(new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset + this.#from, this.#at - this.#from))
    this.#from = this.#at
  }

  #room(size: number): void {
    const capacity = this.#buffer.byteLength
    if (this.#at + size <= capacity) return
    this.flush()
    this.#buffer = allocate(Math.max(size, Math.min(capacity * 2, largest)))
    this.#from = 0
    this.#at = 0
  }
}

function allocate(size: number): Uint8Array {
  return Buffer.allocUnsafe(size)
}
