/** The first index in `bytes[at, end)` at which the whole of `mark` stands before `end`, or -1. */
export function indexOfMark(bytes: Uint8Array, mark: Uint8Array, at: number, end: number): number {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).indexOf(mark)
  return found < 0 ? -1 : at + found
}
