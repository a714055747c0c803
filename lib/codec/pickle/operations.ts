/** What each opcode does, but for those that name something. */
import type { PickleCursor } from './pickle-cursor.ts'
import { latin1, shown } from './pickle-cursor.ts'
import type { PickleStack, StackItem } from './pickle-stack.ts'
import { decodePythonText, joinApart, type Spend, spendEscapes } from './python-text.ts'
import { ByteArray, FrozenSet, type PlainValue, Tuple } from './values.ts'

type Operation = (stack: PickleStack, cursor: PickleCursor) => void

/** Opcodes that put one value on the stack. */
const values: Record<string, (cursor: PickleCursor) => PlainValue> = {
  NONE: () => null,
  NEWTRUE: () => true,
  NEWFALSE: () => false,
  INT: (cursor) => intOrBool(cursor),
  BININT: (cursor) => BigInt(cursor.i4()),
  BININT1: (cursor) => BigInt(cursor.u1()),
  BININT2: (cursor) => BigInt(cursor.u2()),
  LONG: (cursor) => cursor.decimalLine('L'),
  LONG1: (cursor) => signed(cursor.take(cursor.u1())),
  LONG4: (cursor) => signed(cursor.take(lengthOf(cursor.i4()))),
  FLOAT: (cursor) => float(cursor.latin1Line()),
  BINFLOAT: (cursor) => cursor.double(),
  UNICODE: (cursor) => rawUnicodeEscape(cursor.latin1Line(), cursor.spend),
  SHORT_BINUNICODE: (cursor) => decodePythonText(cursor.take(cursor.u1()), cursor.spend),
  BINUNICODE: (cursor) => decodePythonText(cursor.take(cursor.u4()), cursor.spend),
  BINUNICODE8: (cursor) => decodePythonText(cursor.take(cursor.u8()), cursor.spend),
  STRING: (cursor) => quotedAscii(cursor.latin1Line(), cursor.spend),
  SHORT_BINSTRING: (cursor) => ascii(latin1(cursor.take(cursor.u1()))),
  BINSTRING: (cursor) => ascii(latin1(cursor.take(lengthOf(cursor.i4())))),
  SHORT_BINBYTES: (cursor) => cursor.take(cursor.u1()),
  BINBYTES: (cursor) => cursor.take(cursor.u4()),
  BINBYTES8: (cursor) => cursor.take(cursor.u8()),
  BYTEARRAY8: (cursor) => new ByteArray(cursor.take(cursor.u8())),
  EMPTY_LIST: () => [],
  EMPTY_TUPLE: () => new Tuple([]),
  EMPTY_DICT: () => new Map(),
  EMPTY_SET: () => new Set()
}

export const operations: Readonly<Record<string, Operation | undefined>> = {
  __proto__: null as never,
  ...Object.fromEntries(
    Object.entries(values).map(([name, read]): [string, Operation] => [
      name,
      (stack, cursor) => stack.push(read(cursor))
    ])
  ),

  PROTO(_, cursor) {
    const version = cursor.u1()
    if (version > 5) throw new Error(`version ${version}, which nobody has yet`)
  },
  FRAME(_, cursor) {
    const length = cursor.u8()
    if (length > cursor.left) throw new Error(`a frame of ${length} bytes, of which ${cursor.left} are there`)
  },
  STOP() {},

  MARK: (stack) => stack.mark(),
  POP: (stack) => stack.drop(),
  POP_MARK: (stack) => void stack.popToMark(),
  DUP: (stack) => stack.push(stack.top()),
  GET: (stack, cursor) => stack.get(memoIndex(cursor)),
  BINGET: (stack, cursor) => stack.get(cursor.u1()),
  LONG_BINGET: (stack, cursor) => stack.get(cursor.u4()),
  PUT: (stack, cursor) => stack.put(memoIndex(cursor)),
  BINPUT: (stack, cursor) => stack.put(cursor.u1()),
  LONG_BINPUT: (stack, cursor) => stack.put(cursor.u4()),
  MEMOIZE: (stack) => stack.memoize(),

  TUPLE: (stack) => stack.push(new Tuple(plain(stack.popToMark()))),
  TUPLE1: (stack) => stack.push(new Tuple(plain(stack.popMany(1)))),
  TUPLE2: (stack) => stack.push(new Tuple(plain(stack.popMany(2)))),
  TUPLE3: (stack) => stack.push(new Tuple(plain(stack.popMany(3)))),
  FROZENSET: (stack) => stack.push(new FrozenSet(plain(stack.popToMark()))),
  LIST: (stack) => stack.push(plain(stack.popToMark())),
  DICT(stack) {
    const items = stack.popToMark()
    const dict = new Map<PlainValue, PlainValue>()
    fill(dict, items)
    stack.push(dict)
  },
  APPEND: (stack) => append(stack, [stack.pop()]),
  APPENDS: (stack) => append(stack, stack.popToMark()),
  SETITEM(stack) {
    const items = stack.popMany(2)
    fill(stack.top(), items)
  },
  SETITEMS(stack) {
    const items = stack.popToMark()
    fill(stack.top(), items)
  },
  ADDITEMS(stack) {
    const items = stack.popToMark()
    const set = stack.top()
    if (!(set instanceof Set)) throw new Error('something that is no set')
    for (const item of plain(items)) set.add(item)
  }
}

/** Names that got among values are found in the end, by `measure`. */
function plain(items: StackItem[]): PlainValue[] {
  return items as PlainValue[]
}

function append(stack: PickleStack, items: StackItem[]): void {
  const list = stack.top()
  if (!Array.isArray(list)) throw new Error('something that is no list')
  for (const item of plain(items)) list.push(item)
}

function fill(dict: StackItem, items: StackItem[]): void {
  if (!(dict instanceof Map)) throw new Error('something that is no dict')
  if (items.length % 2 !== 0) throw new Error('a key without a value')
  const pairs = plain(items)
  for (let index = 0; index < pairs.length; index += 2) {
    dict.set(pairs[index] as PlainValue, pairs[index + 1] as PlainValue)
  }
}

/** `01` and `00` are True and False in protocols that have no opcode for them. */
function intOrBool(cursor: PickleCursor): bigint | boolean {
  const before = cursor.position
  const line = cursor.latin1Line()
  if (line === '01') return true
  if (line === '00') return false
  cursor.position = before
  return cursor.decimalLine()
}

function signed(bytes: Uint8Array): bigint {
  if (bytes.byteLength === 0) return 0n
  const magnitude = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  return BigInt.asIntN(bytes.byteLength * 8, magnitude)
}

function lengthOf(announced: number): number {
  if (announced < 0) throw new Error(`a length of ${announced}`)
  return announced
}

function memoIndex(cursor: PickleCursor): number {
  const index = cursor.decimalLine()
  if (index < 0n || index >= 1n << 32n) throw new Error(`memo ${index}`)
  return Number(index)
}

function float(text: string): number {
  const special: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: Number.NaN, '-nan': Number.NaN }
  const value = special[text]
  if (value !== undefined) return value
  const read = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (text.length > 400 || !Number.isFinite(read)) throw new Error(`${shown(text)} is no float`)
  return read
}

/** Python's codec of that name: `\uXXXX` and `\UXXXXXXXX` are characters, every other byte is itself. */
function rawUnicodeEscape(text: string, spend: Spend): string {
  if (!text.includes('\\')) return text
  spendEscapes(text, spend)
  const parts = text.split(/(\\u[\da-fA-F]{4}|\\U[\da-fA-F]{8}|\\[^uU])/)
  return joinApart(
    parts.map((part, index) => {
      const escaped = index % 2 === 1
      if (!escaped && part.includes('\\')) throw new Error('a broken escape')
      return escaped && /^\\[uU]/.test(part) ? String.fromCodePoint(Number.parseInt(part.slice(2), 16)) : part
    })
  )
}

/** A str of Python 2, as Python 3 reads it unless told otherwise. */
function ascii(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them
  if (!/^[\x00-\x7f]*$/.test(text)) throw new Error('a str of Python 2 that is not ASCII')
  return text
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' }

function quotedAscii(text: string, spend: Spend): string {
  if (!/^(['"]).*\1$/s.test(text) || text.length < 2) throw new Error(`${shown(text)} is no quoted text`)
  spendEscapes(text, spend)
  const read = text.slice(1, -1).replace(/\\(?:x([\da-f]{2})|(.?))/gis, (whole, hex?: string, sign?: string) => {
    const value = hex === undefined ? escapes[sign ?? ''] : String.fromCharCode(Number.parseInt(hex, 16))
    if (value === undefined) throw new Error(`the escape ${shown(whole)}`)
    return value
  })
  return ascii(read)
}
