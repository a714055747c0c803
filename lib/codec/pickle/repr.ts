/**
 * Values as Python's repr() writes them, in one line and no longer than asked for.
 *
 * What a terminal would take for a command is escaped, as are marks that turn the direction of writing. An int of more
 * digits than Python itself would print is written in hexadecimal.
 */
import { latin1 } from './pickle-cursor.ts'
import { ByteArray, FrozenSet, type PlainValue, Tuple } from './values.ts'

export interface ReprOptions {
  /** The longest text in characters, before three dots (all of it). */
  readonly maxLength?: number
}

/**
 * For a value as `pickle` reads it; one that contains itself has no end.
 *
 * @example repr(new Map([['pi', 3.14]])) // {'pi': 3.14}
 */
export function repr(value: PlainValue, { maxLength = Number.MAX_SAFE_INTEGER }: ReprOptions = {}): string {
  const pieces: string[] = []
  let length = 0
  write(value)
  const whole = pieces.join('')
  return whole.length <= maxLength ? whole : `${whole.slice(0, maxLength)}...`

  function add(text: string): void {
    pieces.push(text)
    length += text.length
  }

  function write(part: PlainValue): void {
    if (length > maxLength) return
    const room = Math.min(maxLength - length + 1, Number.MAX_SAFE_INTEGER)
    if (part === null) add('None')
    else if (typeof part === 'boolean') add(part ? 'True' : 'False')
    else if (typeof part === 'bigint') add(intText(part))
    else if (typeof part === 'number') add(floatText(part))
    else if (typeof part === 'string') add(quoted(part.slice(0, room)))
    else if (part instanceof Uint8Array) add(`b${quotedBytes(part.subarray(0, room))}`)
    else if (part instanceof ByteArray) add(`bytearray(b${quotedBytes(part.bytes.subarray(0, room), true)})`)
    else if (Array.isArray(part)) items('[', part, ']')
    else if (part instanceof Tuple) items('(', part.items, part.items.length === 1 ? ',)' : ')')
    else if (part instanceof Set) part.size === 0 ? add('set()') : items('{', part, '}')
    else if (part instanceof FrozenSet)
      part.items.size === 0 ? add('frozenset()') : items('frozenset({', part.items, '})')
    else dict(part)
  }

  function items(begin: string, all: Iterable<PlainValue>, end: string): void {
    add(begin)
    let first = true
    for (const item of all) {
      if (!first) add(', ')
      first = false
      write(item)
      if (length > maxLength) return
    }
    add(end)
  }

  function dict(entries: ReadonlyMap<PlainValue, PlainValue>): void {
    add('{')
    let first = true
    for (const [key, item] of entries) {
      if (!first) add(', ')
      first = false
      write(key)
      add(': ')
      write(item)
      if (length > maxLength) return
    }
    add('}')
  }
}

/** 4,300 digits, where Python stops, are 14,285 bits. */
const decimalBits = 1n << 14_284n

function intText(value: bigint): string {
  const magnitude = value < 0n ? -value : value
  if (magnitude < decimalBits) return String(value)
  return `${value < 0n ? '-' : ''}0x${magnitude.toString(16)}`
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const magnitude = Math.abs(value)
  if (value !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string]
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  }
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}

const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

/** What Python's str.isprintable() denies: controls, formats, surrogates, unassigned ones, and blanks but the space. */
const unprintable = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(unprintable, (sign) => named[sign] ?? escapedSign(sign.codePointAt(0) as number))
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark
}

function escapedSign(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** A bytearray escapes its single quotes also where it need not. */
function quotedBytes(bytes: Uint8Array, always = false): string {
  const text = latin1(bytes)
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[^\x20-\x5b\x5d-\x7e]/g, (sign) => named[sign] ?? escapedSign(sign.charCodeAt(0)))
  return mark + (always || mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark
}
