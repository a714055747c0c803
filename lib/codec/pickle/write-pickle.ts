/**
 * Writes plain values as a pickle of protocol 4, which every Python since 3.4 reads and `conn.send` of 3.8 to 3.13 writes.
 *
 * Texts that are equal and containers that are the same are written once and then named. Frames are left out: they
 * help a reader of files, and a message is here as a whole.
 */
import { FrameRefusedError } from '../../errors.ts'
import type { PickleLimits } from './faults.ts'
import { measure } from './measure.ts'
import { encodePythonText } from './python-text.ts'
import { ByteArray, type FrozenSet, type PlainValue, Tuple } from './values.ts'

/** @throws FrameRefusedError for what is no plain value, contains itself, or is over a limit */
export function writePickle(value: PlainValue, codec: string, limits: PickleLimits): Uint8Array {
  try {
    measure(value, limits)
  } catch (error) {
    throw new FrameRefusedError(codec, `of ${(error as Error).message}`)
  }
  const writer = new PickleWriter()
  writer.value(value)
  return writer.end()
}

/** A text as short as this costs no more than its name. */
const shortText = 4

class PickleWriter {
  readonly #pieces: Uint8Array[] = []
  readonly #memo = new Map<unknown, number>()
  /** What is not yet among the pieces. */
  #small: number[] = [0x80, 4]

  value(value: PlainValue): void {
    const known = this.#memo.get(value)
    if (known !== undefined) this.#get(known)
    else if (value === null) this.#code('N')
    else if (typeof value === 'boolean') this.#code(value ? '\x88' : '\x89')
    else if (typeof value === 'bigint') this.#int(value)
    else if (typeof value === 'number') this.#float(value)
    else if (typeof value === 'string') this.#text(value)
    else if (value instanceof Uint8Array) this.#bytes(value)
    else if (value instanceof ByteArray) this.#byteArray(value)
    else if (Array.isArray(value)) this.#list(value)
    else if (value instanceof Tuple) this.#tuple(value)
    else if (value instanceof Map) this.#dict(value)
    else if (value instanceof Set) this.#set(value)
    else this.#frozenSet(value)
  }

  end(): Uint8Array {
    this.#code('.')
    this.#flush()
    const whole = Buffer.concat(this.#pieces)
    return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength)
  }

  #int(value: bigint): void {
    if (value >= 0n && value < 256n) this.#code('K', Number(value))
    else if (value >= -(2n ** 31n) && value < 2n ** 31n) this.#code('J', ...fourBytes(Number(value)))
    else {
      const bytes = twosComplement(value)
      if (bytes.byteLength < 256) this.#code('\x8a', bytes.byteLength)
      else this.#code('\x8b', ...fourBytes(bytes.byteLength))
      this.#raw(bytes)
    }
  }

  #float(value: number): void {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value)
    this.#code('G', ...bytes)
  }

  #text(value: string): void {
    const bytes = encodePythonText(value)
    this.#sized(bytes, '\x8c', 'X', '\x8d')
    if (value.length > shortText) this.#memoize(value)
  }

  #bytes(value: Uint8Array): void {
    this.#sized(value, 'C', 'B', '\x8e')
    this.#memoize(value)
  }

  /** In this protocol a call of a name, which every reader takes as data (see known-globals.ts). */
  #byteArray(value: ByteArray): void {
    this.value('builtins')
    this.value('bytearray')
    this.#code('\x93')
    this.#sized(value.bytes, 'C', 'B', '\x8e')
    this.#code('\x85')
    this.#code('R')
    this.#memoize(value)
  }

  #list(items: readonly PlainValue[]): void {
    this.#code(']')
    this.#memoize(items)
    this.#many(items, 'e')
  }

  #dict(entries: ReadonlyMap<PlainValue, PlainValue>): void {
    this.#code('}')
    this.#memoize(entries)
    this.#many([...entries].flat(1), 'u')
  }

  #set(items: ReadonlySet<PlainValue>): void {
    this.#code('\x8f')
    this.#memoize(items)
    this.#many(items, '\x90')
  }

  #frozenSet(value: FrozenSet): void {
    this.#code('(')
    for (const item of value.items) this.value(item)
    this.#code('\x91')
    this.#memoize(value)
  }

  #tuple(value: Tuple): void {
    if (value.items.length === 0) {
      this.#code(')')
      return
    }
    this.#code('(')
    for (const item of value.items) this.value(item)
    this.#code('t')
    this.#memoize(value)
  }

  #many(items: Iterable<PlainValue>, code: string): void {
    this.#code('(')
    for (const item of items) this.value(item)
    this.#code(code)
  }

  #sized(bytes: Uint8Array, short: string, long: string, endless: string): void {
    const length = bytes.byteLength
    if (length < 256) this.#code(short, length)
    else if (length < 2 ** 32) this.#code(long, ...fourBytes(length))
    else this.#code(endless, ...fourBytes(length), ...fourBytes(Math.floor(length / 2 ** 32)))
    this.#raw(bytes)
  }

  #memoize(value: unknown): void {
    this.#code('\x94')
    this.#memo.set(value, this.#memo.size)
  }

  #get(index: number): void {
    if (index < 256) this.#code('h', index)
    else this.#code('j', ...fourBytes(index))
  }

  #code(code: string, ...bytes: number[]): void {
    this.#small.push(code.charCodeAt(0), ...bytes)
    if (this.#small.length > 4096) this.#flush()
  }

  #raw(bytes: Uint8Array): void {
    if (bytes.byteLength < 256) {
      this.#small.push(...bytes)
      return
    }
    this.#flush()
    this.#pieces.push(bytes)
  }

  #flush(): void {
    if (this.#small.length > 0) this.#pieces.push(Uint8Array.from(this.#small))
    this.#small = []
  }
}

function fourBytes(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255]
}

/** Little endian, and no byte more than the sign needs. */
function twosComplement(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value - 1n : value
  const bits = magnitude.toString(16).length * 4
  const length = Math.ceil((bits + 1) / 8)
  const digits = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0')
  return Buffer.from(digits, 'hex').reverse()
}
