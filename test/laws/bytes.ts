/** Bytes as tests write them down. */

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
