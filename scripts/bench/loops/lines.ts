/** Lines as bytes, by hand. */
import { Carry, type Loop, maxLineBytes } from './loop.ts'

const newline = 10

export function lines(): Loop<Uint8Array> {
  const carry = new Carry()
  return {
    push(chunk, out) {
      const { buffer, byteOffset, length } = chunk
      let from = 0
      let at = chunk.indexOf(newline)
      if (carry.bytes.length > 0 && at !== -1) {
        if (carry.bytes.length + at > maxLineBytes) throw new RangeError('line too long')
        carry.add(chunk.subarray(0, at))
        out.push(carry.take())
        from = at + 1
        at = chunk.indexOf(newline, from)
      }
      for (; at !== -1; at = chunk.indexOf(newline, from)) {
        if (at - from > maxLineBytes) throw new RangeError('line too long')
        out.push(new Uint8Array(buffer, byteOffset + from, at - from))
        from = at + 1
      }
      if (carry.bytes.length + length - from > maxLineBytes) throw new RangeError('line too long')
      if (from < length) carry.add(chunk.subarray(from))
    },
    end: () => carry.end()
  }
}
