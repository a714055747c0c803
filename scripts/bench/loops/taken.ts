/** A hand-written decoder of the usual kind: a function that takes one frame, and the bytes left over between chunks. */
import { Carry, type Loop } from './loop.ts'

/** Takes the frame at `at`; answers the index behind it, or -1 where it is not whole. */
export type Take = (bytes: Uint8Array, at: number, end: number, out: Uint8Array[]) => number

/** So much of a chunk is enough to end any frame of the corpora. */
const patchBytes = 1024

export function taken(take: Take): () => Loop<Uint8Array> {
  return () => {
    const carry = new Carry()
    return {
      push(chunk, out) {
        let from = 0
        if (carry.bytes.length > 0) {
          const before = carry.bytes.length
          carry.add(chunk.subarray(0, patchBytes))
          const behind = take(carry.bytes, 0, carry.bytes.length, out)
          if (behind < 0) return
          from = behind - before
          carry.take()
        }
        for (let next = from; next >= 0; ) {
          from = next
          next = take(chunk, from, chunk.length, out)
        }
        if (from < chunk.length) carry.add(chunk.subarray(from))
      },
      end: () => carry.end()
    }
  }
}
