/** Bytes up to which a loop is faster than a call into native code, which costs half a microsecond however few there are. */
const few = 32

/** The first index in `bytes[at, end)` at which the whole of `mark` stands before `end`, or -1. */
export function indexOfMark(bytes: Uint8Array, mark: Uint8Array, at: number, end: number): number {
  if (end - at <= few) return indexInFew(bytes, mark, at, end - mark.byteLength)
  const found = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).indexOf(mark)
  return found < 0 ? -1 : at + found
}

function indexInFew(bytes: Uint8Array, mark: Uint8Array, at: number, last: number): number {
  const size = mark.byteLength
  for (let from = at; from <= last; from++) {
    let same = 0
    while (same < size && bytes[from + same] === mark[same]) same++
    if (same === size) return from
  }
  return -1
}
