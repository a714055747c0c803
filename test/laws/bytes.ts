/**
 * Small helpers on bytes for the laws. They always copy, so that a law never depends on what a codec does to its input.
 */

/** One array of many, always a fresh plain `Uint8Array`. */
export function join(chunks: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const chunk of chunks) size += chunk.length
  const joined = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Bytes of a hex text; blanks in it are for the reader. */
export function unhex(text: string): Uint8Array {
  const digits = text.replaceAll(' ', '')
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hex: ${text}`)
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Bytes 0, 1, 2 ... 255, 0 ...: no two neighbours are alike, so that a shift or a swap shows. */
export function counting(size: number, from = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (from + index) & 255)
}
