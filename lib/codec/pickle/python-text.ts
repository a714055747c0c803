/**
 * Text as Python keeps it, in UTF-8 that may hold lone surrogates (Python's `surrogatepass`).
 *
 * Python tells two surrogates that stand next to each other from the character that they would be in UTF-16; a string of
 * JavaScript cannot, so such a pair is refused and not silently joined.
 */

/** Is told of each lone surrogate and each escape, which cost a hundred times what a plain character does; may throw. */
export type Spend = () => void

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws Error whose message says what is wrong */
export function decodePythonText(bytes: Uint8Array, spend: Spend): string {
  if (bytes.byteLength <= shortBytes) {
    const text = shortAscii(bytes)
    if (text !== undefined) return text
  }
  try {
    return strict.decode(bytes)
  } catch {
    return withSurrogates(bytes, spend)
  }
}

/** Where it takes longer to call the decoder than to decode. */
const shortBytes = 16

function shortAscii(bytes: Uint8Array): string | undefined {
  let text = ''
  for (const byte of bytes) {
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** Before a text with escapes is read. */
export function spendEscapes(text: string, spend: Spend): void {
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at + 1)) spend()
}

export function encodePythonText(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text)
  const pieces: Uint8Array[] = []
  // Between lone surrogates, which this matches one by one, the text is well-formed.
  for (const piece of text.split(/(\p{Surrogate})/u))
    pieces.push(piece.isWellFormed() ? Buffer.from(piece) : three(piece))
  return Buffer.concat(pieces)
}

/** @throws Error for a low surrogate right behind a high one that was not written as one character */
export function joinApart(pieces: readonly string[]): string {
  let high = false
  for (const piece of pieces) {
    if (piece === '') continue
    if (high && isLow(piece.charCodeAt(0))) throw new Error('a text with two surrogates side by side')
    high = isHigh(piece.charCodeAt(piece.length - 1))
  }
  return pieces.join('')
}

function withSurrogates(bytes: Uint8Array, spend: Spend): string {
  const pieces: string[] = []
  let from = 0
  for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1)) {
    const second = bytes[at + 1] ?? 0
    const third = bytes[at + 2] ?? 0
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue
    pieces.push(utf8(bytes.subarray(from, at)), String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f)))
    from = at + 3
    spend()
  }
  pieces.push(utf8(bytes.subarray(from)))
  return joinApart(pieces)
}

function utf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    throw new Error('a text that is not UTF-8')
  }
}

function three(surrogate: string): Uint8Array {
  const code = surrogate.charCodeAt(0)
  return Uint8Array.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
}

const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00
const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000
