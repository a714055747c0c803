/** Standard input for a server with an operator. Who has none never touches it: it may be somebody else's. */
import { type Source, stdio } from '../lib/index.ts'

export function terminal(): { readonly source: Source<Uint8Array>; close(): void } {
  let used = false
  return {
    source: {
      [Symbol.asyncIterator]() {
        used = true
        return stdio().source[Symbol.asyncIterator]()
      }
    },
    /** An input that is still open keeps the process alive. */
    close() {
      if (used) process.stdin.destroy()
    }
  }
}
