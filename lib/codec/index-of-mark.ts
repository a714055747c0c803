/**
 * Where a mark of bytes begins. Short distances are looked through here, for a call into native code costs as much as
 * fifty bytes; longer ones are left to `Buffer.indexOf`, which is many times faster per byte.
 */
const near = 64

/** The first index in `bytes[at, end)` at which the whole of `mark` stands before `end`, or -1. */
export function indexOfMark(bytes: Uint8Array, mark: Uint8Array, at: number, end: number): number {
  const size = mark.byteLength
  const first = mark[0]
  const lastStart = end - size
  const nearEnd = Math.min(lastStart, at + near)
  let index = at
  for (; index <= nearEnd; index++) {
    if (bytes[index] === first && (size === 1 || matches(bytes, mark, index))) return index
  }
  if (index > lastStart) return -1
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + index, end - index)
  const found = rest.indexOf(size === 1 ? (first as number) : mark)
  return found < 0 ? -1 : index + found
}

function matches(bytes: Uint8Array, mark: Uint8Array, at: number): boolean {
  for (let index = 1; index < mark.byteLength; index++) if (bytes[at + index] !== mark[index]) return false
  return true
}
