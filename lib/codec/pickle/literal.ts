/**
 * Values as Python or JSON writes them: what `repr` gives out comes back, and so does any JSON text.
 *
 *   {'pi': 3.14, 'big': 2, "list": [None, true, (1,), {1, 2}, b'\x00']}
 *
 * An int stays one of any size; a number with a point or an exponent is a float.
 */
import { limits } from '../../limits.ts'
import { ByteArray, FrozenSet, type PlainValue, Tuple } from './values.ts'

/** Words that are values, and those that stand in front of brackets. */
const words: Record<string, PlainValue> = {
  None: null,
  null: null,
  True: true,
  true: true,
  False: false,
  false: false,
  inf: Infinity,
  '-inf': -Infinity,
  nan: Number.NaN
}

const token =
  /\s*(?:(-?0x[\da-f]+|[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.]))|(b?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))|(-?[a-z]+)|([[\](){},:]))/isy

type Token = { readonly kind: 'number' | 'text' | 'word' | 'sign' | 'end'; readonly text: string }

/**
 * Undefined for a text that is no value.
 *
 * @example parseLiteral("(1, 'one')") // Tuple [1n, 'one']
 */
export function parseLiteral(source: string): PlainValue | undefined {
  try {
    const reader = new LiteralReader(source)
    const value = reader.value(0)
    return reader.next().kind === 'end' ? value : undefined
  } catch (error) {
    if (error instanceof NoLiteral) return undefined
    throw error
  }
}

class NoLiteral extends Error {}

class LiteralReader {
  readonly #source: string
  #at = 0
  #ahead: Token | undefined

  constructor(source: string) {
    this.#source = source
  }

  next(): Token {
    const ahead = this.#ahead ?? this.#read()
    this.#ahead = undefined
    return ahead
  }

  value(depth: number): PlainValue {
    if (depth > limits.pickleDepth) throw new NoLiteral()
    const { kind, text } = this.next()
    if (kind === 'number') return number(text)
    if (kind === 'text')
      return text.startsWith('b') ? bytes(text.slice(2, -1)) : unescaped(text.slice(1, -1), textEscapes)
    if (kind === 'word') return this.#word(text, depth)
    if (text === '[') return this.#items(']', depth)
    if (text === '{') return this.#braces(depth)
    if (text !== '(') throw new NoLiteral()
    const { items, comma } = this.#list(')', depth)
    // As in Python: brackets around one value are only brackets.
    return items.length === 1 && !comma ? (items[0] as PlainValue) : new Tuple(items)
  }

  #word(text: string, depth: number): PlainValue {
    if (Object.hasOwn(words, text)) return words[text] as PlainValue
    if (this.next().text !== '(') throw new NoLiteral()
    const [inside, ...more] = this.#items(')', depth)
    if (more.length > 0) throw new NoLiteral()
    if (text === 'set' && inside === undefined) return new Set()
    if (text === 'frozenset' && inside === undefined) return new FrozenSet([])
    if (text === 'frozenset' && inside instanceof Set) return new FrozenSet(inside)
    if (text === 'bytearray' && inside === undefined) return new ByteArray(new Uint8Array(0))
    if (text === 'bytearray' && inside instanceof Uint8Array) return new ByteArray(inside)
    throw new NoLiteral()
  }

  #items(end: string, depth: number): PlainValue[] {
    return this.#list(end, depth).items
  }

  #list(end: string, depth: number): { items: PlainValue[]; comma: boolean } {
    const items: PlainValue[] = []
    let comma = false
    while (this.#peek().text !== end) {
      if (items.length > 0 && !comma) throw new NoLiteral()
      items.push(this.value(depth + 1))
      comma = this.#skip(',')
    }
    this.next()
    return { items, comma }
  }

  #braces(depth: number): PlainValue {
    if (this.#skip('}')) return new Map()
    const first = this.value(depth + 1)
    if (!this.#skip(':')) {
      const rest = this.#skip(',') ? this.#items('}', depth) : this.#closed('}')
      return new Set([first, ...rest])
    }
    const dict = new Map<PlainValue, PlainValue>([[first, this.value(depth + 1)]])
    while (this.#skip(',') && this.#peek().text !== '}') {
      const key = this.value(depth + 1)
      if (!this.#skip(':')) throw new NoLiteral()
      dict.set(key, this.value(depth + 1))
    }
    this.#closed('}')
    return dict
  }

  #closed(end: string): PlainValue[] {
    if (!this.#skip(end)) throw new NoLiteral()
    return []
  }

  #peek(): Token {
    this.#ahead ??= this.#read()
    if (this.#ahead.kind === 'end') throw new NoLiteral()
    return this.#ahead
  }

  #skip(sign: string): boolean {
    const ahead = this.#ahead ?? this.#read()
    this.#ahead = ahead
    if (ahead.kind !== 'sign' || ahead.text !== sign) return false
    this.#ahead = undefined
    return true
  }

  #read(): Token {
    token.lastIndex = this.#at
    const [whole, digits, text, word, sign] = token.exec(this.#source) ?? []
    if (whole === undefined) {
      if (this.#source.slice(this.#at).trim() !== '') throw new NoLiteral()
      return { kind: 'end', text: '' }
    }
    this.#at += whole.length
    if (digits !== undefined) return { kind: 'number', text: digits }
    if (text !== undefined) return { kind: 'text', text }
    if (word !== undefined) return { kind: 'word', text: word }
    return { kind: 'sign', text: sign as string }
  }
}

function number(text: string): PlainValue {
  if (/^-?0x/i.test(text)) return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
  const digits = text.replaceAll('_', '').replace(/^\+/, '')
  if (!/[.e]/i.test(digits)) return BigInt(digits)
  return Number(digits)
}

const named: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '0': '\0',
  '/': '/',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': ''
}

const textEscapes = /\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|.)/gs
const byteEscapes = /\\(x[\da-fA-F]{2}|.)/gs

function unescaped(text: string, escapes: RegExp): string {
  return text.replace(escapes, (_, escaped: string) => {
    const value = escaped.length > 1 ? fromCode(Number.parseInt(escaped.slice(1), 16)) : named[escaped]
    if (value === undefined) throw new NoLiteral()
    return value
  })
}

function fromCode(code: number): string {
  if (code > 0x10ffff) throw new NoLiteral()
  return String.fromCodePoint(code)
}

function bytes(text: string): Uint8Array {
  const read = unescaped(text, byteEscapes)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes have them
  if (!/^[\x00-\xff]*$/.test(read)) throw new NoLiteral()
  return Uint8Array.from(Buffer.from(read, 'latin1'))
}
