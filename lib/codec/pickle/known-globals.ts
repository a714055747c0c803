/**
 * The few names that Python itself writes for plain values in protocols that have no opcode for them, read as data:
 *
 *   set([1, 2])  frozenset([1, 2])  bytes()  bytearray()  bytearray(b'...')  _codecs.encode('...', 'latin1')
 *
 * Nothing is looked up and nothing is called: each form is compared, letter by letter, and anything else is refused.
 */
import { latin1 } from './pickle-cursor.ts'
import { ByteArray, FrozenSet, type PlainValue, Tuple } from './values.ts'

/** One of the names, on the stack. */
export class KnownGlobal {
  readonly name: string
  /** The value that the call stands for, and its size; undefined for arguments that Python would not have written. */
  readonly make: (args: readonly unknown[]) => { value: PlainValue; size: number } | undefined
  constructor(name: string, make: KnownGlobal['make']) {
    this.name = name
    this.make = make
  }
  toString(): string {
    return `the name ${this.name}`
  }
}

const builtin: Record<string, KnownGlobal['make']> = {
  set: ([items, ...more]) =>
    isList(items) && more.length === 0 ? { value: new Set(items), size: items.length } : undefined,
  frozenset: ([items, ...more]) =>
    isList(items) && more.length === 0 ? { value: new FrozenSet(items), size: items.length } : undefined,
  bytes: (args) => (args.length === 0 ? { value: new Uint8Array(0), size: 0 } : undefined),
  bytearray: (args) => {
    if (args.length === 0) return { value: new ByteArray(new Uint8Array(0)), size: 0 }
    const [bytes] = args
    if (args.length !== 1 || !(bytes instanceof Uint8Array)) return undefined
    return { value: new ByteArray(bytes), size: bytes.byteLength }
  }
}

const encode: KnownGlobal['make'] = ([text, encoding, ...more]) => {
  if (typeof text !== 'string' || encoding !== 'latin1' || more.length > 0) return undefined
  const value = Buffer.from(text, 'latin1')
  // A character beyond latin1 would have lost its upper half.
  if (latin1(value) !== text) return undefined
  return { value: new Uint8Array(value.buffer, value.byteOffset, value.byteLength), size: value.byteLength }
}

const known = new Map<string, KnownGlobal>([['_codecs.encode', new KnownGlobal('_codecs.encode', encode)]])
for (const [name, make] of Object.entries(builtin)) {
  // The module has had both names: protocols up to 2 write the one of Python 2.
  for (const module of ['builtins', '__builtin__'])
    known.set(`${module}.${name}`, new KnownGlobal(`${module}.${name}`, make))
}

/** Undefined for any other name. */
export function knownGlobal(name: string): KnownGlobal | undefined {
  return known.get(name)
}

function isList(items: unknown): items is PlainValue[] {
  return Array.isArray(items)
}

/** The arguments of a call. */
export function argumentsOf(args: unknown): readonly unknown[] | undefined {
  return args instanceof Tuple ? args.items : undefined
}
