/** Frames of one size, by hand. */
import { Carry, type Loop } from './loop.ts'

export function fixed(size: number): Loop<Uint8Array> {
  const carry = new Carry()
  return {
    push(chunk, out) {
      let from = 0
      if (carry.bytes.length > 0) {
        from = carry.fill(chunk, 0, size)
        if (carry.bytes.length < size) return
        out.push(carry.take())
      }
      const { buffer, byteOffset, length } = chunk
      for (; from + size <= length; from += size) out.push(new Uint8Array(buffer, byteOffset + from, size))
      if (from < length) carry.add(chunk.subarray(from))
    },
    end: () => carry.end()
  }
}
