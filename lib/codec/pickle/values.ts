/**
 * Python's plain values in JavaScript, so that each comes back as what it was:
 *
 *   None  bool     int     float   str     bytes       bytearray  list   tuple  dict  set  frozenset
 *   null  boolean  bigint  number  string  Uint8Array  ByteArray  Array  Tuple  Map   Set  FrozenSet
 *
 * A str with a lone surrogate stays one. Keys are compared as Map and Set do: bytes and tuples by identity.
 */

/** Whatever `conn.send` carries without running anything. */
export type PlainValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | ByteArray
  | Tuple
  | FrozenSet
  | PlainValue[]
  | Map<PlainValue, PlainValue>
  | Set<PlainValue>

/** Python's tuple. @example new Tuple([1n, 'one']) // (1, 'one') */
export class Tuple {
  readonly items: readonly PlainValue[]
  constructor(items: readonly PlainValue[]) {
    this.items = items
  }
}

/** Python's frozenset. @example new FrozenSet([1n, 2n]) // frozenset({1, 2}) */
export class FrozenSet {
  readonly items: ReadonlySet<PlainValue>
  constructor(items: Iterable<PlainValue>) {
    this.items = new Set(items)
  }
}

/** Python's bytearray. @example new ByteArray(Uint8Array.of(1, 2)) // bytearray(b'\x01\x02') */
export class ByteArray {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}
