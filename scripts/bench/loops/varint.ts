/** An unsigned LEB128 length in front of each frame, by hand. */
import { Carry, type Loop, maxFrameBytes } from './loop.ts'

const maxHeader = 8

export function varint(): Loop<Uint8Array> {
  const carry = new Carry()
  /** Where the payload of the header that was read last begins, and its size. */
  let start = 0
  let size = 0
  /** Reads the header at `from`; false when it is not whole. */
  function header(bytes: Uint8Array, from: number): boolean {
    let factor = 1
    size = 0
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!
      size += (byte & 0x7f) * factor
      if (size > maxFrameBytes) throw new RangeError('frame too long')
      if (byte < 0x80) {
        start = at + 1
        return true
      }
      if (at - from === maxHeader - 1) throw new RangeError('length too long')
      factor *= 128
    }
    return false
  }
  return {
    push(chunk, out) {
      let from = 0
      if (carry.bytes.length > 0) {
        while (!header(carry.bytes, 0)) {
          if (from === chunk.length) return
          from = carry.fill(chunk, from, carry.bytes.length + 1)
        }
        from = carry.fill(chunk, from, start + size)
        if (carry.bytes.length < start + size) return
        out.push(carry.take(start))
      }
      const { buffer, byteOffset, length } = chunk
      while (from < length && header(chunk, from) && start + size <= length) {
        out.push(new Uint8Array(buffer, byteOffset + start, size))
        from = start + size
      }
      if (from < length) carry.add(chunk.subarray(from))
    },
    end: () => carry.end()
  }
}
