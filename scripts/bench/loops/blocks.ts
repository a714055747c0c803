/** Messages of blocks, each with a length of four bytes in front, ended by an empty block; by hand. */
import { sizeAt } from './length.ts'
import { Carry, type Loop, maxBlocks, maxWholeBytes, nothing } from './loop.ts'

const header = 4

export function blocks(): Loop<Uint8Array> {
  const carry = new Carry()
  /** Nearly every message is one block, which needs no list and no copy. */
  let first: Uint8Array | undefined
  let more: Uint8Array[] = []
  let bytes = 0
  function take(block: Uint8Array, out: Uint8Array[]): void {
    if (block.length === 0) {
      out.push(more.length === 0 ? (first ?? nothing) : Buffer.concat([first!, ...more], bytes))
      if (more.length > 0) more = []
      first = undefined
      bytes = 0
      return
    }
    bytes += block.length
    if (bytes > maxWholeBytes || more.length + 1 > maxBlocks) throw new RangeError('message too long')
    if (first === undefined) first = block
    else more.push(block)
  }
  return {
    push(chunk, out) {
      let from = 0
      if (carry.bytes.length > 0) {
        from = carry.fill(chunk, 0, header)
        if (carry.bytes.length < header) return
        const whole = header + sizeAt(carry.bytes, 0)
        from = carry.fill(chunk, from, whole)
        if (carry.bytes.length < whole) return
        take(carry.take(header), out)
      }
      const { buffer, byteOffset, length } = chunk
      while (from + header <= length) {
        const size = sizeAt(chunk, from)
        const to = from + header + size
        if (to > length) break
        take(size === 0 ? nothing : new Uint8Array(buffer, byteOffset + from + header, size), out)
        from = to
      }
      if (from < length) carry.add(chunk.subarray(from))
    },
    end() {
      carry.end()
      if (first !== undefined) throw new Error('the input ended within a message')
    }
  }
}
