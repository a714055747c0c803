/** Bytes with what they mean to a codec written beside them: for looking at a capture, a log or a failing test. */
import { wholeNumber } from '../limits.ts'
import type { Codec } from '../types.ts'
import { dissect } from './dissect.ts'
import { dump } from './dump.ts'

export interface ExplainOptions {
  /** The most bytes looked at (4 KiB). The work grows with the square of the largest frame among them. */
  maxBytes?: number
}

const mostBytes = 4096

/**
 * An annotated dump of a stream: rows of hex, with the frame and its part (header, payload, trailer) beside each. A fault
 * stands below the byte that made it certain, and a frame that is not whole says what is missing. Throws nothing, whatever
 * the bytes.
 *
 * @throws InvalidOptionError
 * @example console.log(explain(length({ prefix: 2 }), bytes))
 *
 *   length(uint16be): 11 bytes
 *   0000  00 05           frame 1 header
 *   0002  68 65 6c 6c 6f  frame 1 payload  hello
 *   0007  00 03           frame 2 header
 *   0009  68 6f           frame 2 payload  ho
 *         the stream ends here, in the payload of frame 2: 4 of 5 bytes came
 */
export function explain<F>(codec: Codec<F>, bytes: Uint8Array, { maxBytes = mostBytes }: ExplainOptions = {}): string {
  wholeNumber('maxBytes', maxBytes)
  const left = bytes.byteLength - maxBytes
  const shown = bytes.subarray(0, maxBytes)
  const lines = [`${codec.name}: ${count(bytes.byteLength)}`, ...dump(shown, dissect(codec, shown, left > 0))]
  if (left > 0) lines.push(`${' '.repeat(6)}... ${count(left)} more, not looked at`)
  return lines.join('\n')
}

function count(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`
}
