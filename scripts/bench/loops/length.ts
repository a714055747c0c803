/** A length of four bytes, big-endian, in front of each frame; by hand. */
import { Carry, type Loop, maxFrameBytes } from './loop.ts'

const header = 4

export function length(): Loop<Uint8Array> {
  const carry = new Carry()
  return {
    push(chunk, out) {
      let from = 0
      if (carry.bytes.length > 0) {
        from = carry.fill(chunk, 0, header)
        if (carry.bytes.length < header) return
        const whole = header + sizeAt(carry.bytes, 0)
        from = carry.fill(chunk, from, whole)
        if (carry.bytes.length < whole) return
        out.push(carry.take(header))
      }
      const { buffer, byteOffset, length } = chunk
      while (from + header <= length) {
        const size = sizeAt(chunk, from)
        const to = from + header + size
        if (to > length) break
        out.push(new Uint8Array(buffer, byteOffset + from + header, size))
        from = to
      }
      if (from < length) carry.add(chunk.subarray(from))
    },
    end: () => carry.end()
  }
}

export function sizeAt(bytes: Uint8Array, at: number): number {
  const size = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  if (size > maxFrameBytes) throw new RangeError('frame too long')
  return size
}
