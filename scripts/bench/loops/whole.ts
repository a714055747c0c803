/** A message that ends where the stream does, by hand. */
import { type Loop, maxWholeBytes } from './loop.ts'

export function whole(): Loop<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  return {
    push(chunk) {
      bytes += chunk.length
      if (bytes > maxWholeBytes) throw new RangeError('message too long')
      chunks.push(chunk)
    },
    end(out) {
      out.push(Buffer.concat(chunks, bytes))
    }
  }
}
