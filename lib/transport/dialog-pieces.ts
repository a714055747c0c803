/**
 * Bytes in the order in which they came, in few pieces however small they were cut.
 *
 * A piece costs about 100 bytes beside its content, so bytes are no bound on memory where a peer sends them one by one.
 * Small neighbours are joined as in the game 2048, a piece with one that is less than twice as large: each byte is copied
 * at most about twelve times. Large pieces stay as they are.
 */
const small = 4096

export class DialogPieces {
  size = 0
  #pieces: Uint8Array[] = []

  add(bytes: Uint8Array): void {
    const pieces = this.#pieces
    let piece = bytes
    if (piece.byteLength === 0) return
    this.size += piece.byteLength
    for (let before = pieces.at(-1); before !== undefined && alike(before, piece); before = pieces.at(-1)) {
      pieces.pop()
      piece = Buffer.concat([before, piece])
    }
    pieces.push(piece)
  }

  /** Takes out the first `bytes` bytes, of which there are as many. */
  shift(bytes: number = this.size): Uint8Array[] {
    const pieces = this.#pieces
    const out: Uint8Array[] = []
    let left = bytes
    while (left > 0) {
      const piece = pieces[out.length] as Uint8Array
      out.push(piece.byteLength > left ? piece.subarray(0, left) : piece)
      left -= piece.byteLength
    }
    // Below zero: so many bytes of the last piece stay.
    const last = out.length - 1
    if (left < 0) pieces[last] = (pieces[last] as Uint8Array).subarray(left)
    pieces.splice(0, left < 0 ? last : out.length)
    this.size -= bytes
    return out
  }
}

function alike(before: Uint8Array, piece: Uint8Array): boolean {
  return before.byteLength < small && piece.byteLength < small && before.byteLength < 2 * piece.byteLength
}
