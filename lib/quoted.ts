/**
 * Bytes as Python shows text: what is not UTF-8 or does not print is shown as escapes, so that what a peer sent is one line
 * and moves no cursor.
 *
 * @example quoted(Buffer.from('two\nlines')) // "'two\\nlines'"
 */
export function quoted(bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return `b'${Array.from(bytes, (byte) => escapeByte(byte)).join('')}'`
  }
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const shown = text.replace(/[\\'"]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (sign) => {
    if (sign === '"' || sign === "'") return sign === quote ? `\\${sign}` : sign
    return escapeSign(sign)
  })
  return `${quote}${shown}${quote}`
}

const named: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeSign(sign: string): string {
  const code = sign.codePointAt(0) as number
  if (named[sign] !== undefined) return named[sign]
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}

function escapeByte(byte: number): string {
  const sign = String.fromCharCode(byte)
  if (sign === "'") return "\\'"
  return byte >= 0x20 && byte < 0x7f && sign !== '\\' ? sign : escapeSign(sign)
}
