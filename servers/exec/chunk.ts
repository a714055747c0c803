/**
 * The framing of the simplest textbook clients: whatever arrived in one read is one message. It is wrong as soon as two
 * messages arrive together or one in two parts, and exists to talk with such clients.
 */
import { type Codec, DONE } from '../../lib/index.ts'

const lineEnd = 0x0a

/** @param upToLine where a line ends in it, the message ends there too */
export function chunk({ upToLine = false }: { upToLine?: boolean } = {}): Codec<Uint8Array> {
  return {
    name: 'chunk',
    decoder({ frames = Number.POSITIVE_INFINITY } = {}) {
      const rest: Uint8Array[] = []
      let left = frames
      return {
        push(batch, out) {
          for (let bytes of batch) {
            while (bytes.byteLength > 0 && left > 0) {
              const end = upToLine ? bytes.indexOf(lineEnd) + 1 : 0
              const message = end > 0 ? bytes.subarray(0, end) : bytes
              out.push(message)
              left--
              bytes = bytes.subarray(message.byteLength)
            }
            if (bytes.byteLength > 0) rest.push(bytes)
          }
          return left > 0 ? undefined : DONE
        },
        rest: () => rest,
        held: () => 0
      }
    },
    encoder: () => ({
      push(batch, out) {
        for (const bytes of batch) out.push(bytes)
      }
    })
  }
}
