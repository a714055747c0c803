/**
 * Text from anywhere, made safe for a terminal and for a line: nothing of it moves the cursor, ends the line, or turns the
 * order of letters around. Works on JSON, where such a sign can only stand inside a string.
 */

/** Controls, formats (bidirectional overrides, joiners), lone surrogates, unassigned, and the separators of lines. */
const unsafe = /[\p{C}\p{Zl}\p{Zp}]/gu

/** The same JSON, in which every sign that does not print is an escape. */
export function escapeUnsafe(json: string): string {
  return json.replace(unsafe, (sign) => escapes(sign))
}

/** JSON that, once parsed, shows every escape as the text of it: for what is printed without being escaped again. */
export function showEscapes(json: string): string {
  return escapeUnsafe(json).replace(/\\(?:["\\/]|[bfnrt]|u[\da-f]{4})/gi, (written) =>
    /^\\["\\/]$/.test(written) ? written : `\\${written}`
  )
}

/** The front of a text that takes at most so many bytes in JSON, and how long the text was where that is less than all. */
export function clip(text: string, maxBytes: number): string {
  let bytes = 0
  for (let index = 0; index < text.length; ) {
    const point = text.codePointAt(index) as number
    bytes += bytesOf(point)
    if (bytes > maxBytes) return `${text.slice(0, index)}… (${text.length} characters)`
    index += point > 0xffff ? 2 : 1
  }
  return text
}

/** At most, as whatever it may be escaped. */
function bytesOf(point: number): number {
  if (point > 0xffff) return 12
  if (point < 0x20 || point > 0x7e) return 6
  return point === 0x22 || point === 0x5c ? 2 : 1
}

function escapes(sign: string): string {
  let text = ''
  for (let index = 0; index < sign.length; index++) {
    text += `\\u${sign.charCodeAt(index).toString(16).padStart(4, '0')}`
  }
  return text
}
