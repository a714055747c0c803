/** Lines as text, by hand and for speed: everything up to the last newline is decoded at once and split. */
import { Carry, type Loop, maxLineBytes } from './loop.ts'

const newline = 10

export function textLines(): Loop<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const carry = new Carry()
  return {
    push(chunk, out) {
      let from = 0
      const end = chunk.lastIndexOf(newline)
      if (end !== -1 && carry.bytes.length > 0) {
        // The line across the border alone, so that the rest of the chunk is decoded where it lies.
        const at = chunk.indexOf(newline)
        carry.add(chunk.subarray(0, at))
        out.push(checked(utf8.decode(carry.take())))
        from = at + 1
      }
      if (end >= from) {
        for (const line of utf8.decode(chunk.subarray(from, end)).split('\n')) out.push(checked(line))
        from = end + 1
      }
      if (carry.bytes.length + chunk.length - from > maxLineBytes) throw new RangeError('line too long')
      if (from < chunk.length) carry.add(chunk.subarray(from))
    },
    end: () => carry.end()
  }
}

/** A character is at most three bytes a unit: only long lines have to be counted. */
function checked(line: string): string {
  if (line.length * 3 > maxLineBytes && Buffer.byteLength(line) > maxLineBytes) throw new RangeError('line too long')
  return line
}
