/**
 * Python's pickle in any framing, as far as it is plain values: what `conn.send` of `multiprocessing.connection` puts into
 * a message (CPython, Lib/pickle.py; PEP 307, 3154 and 574).
 *
 *   pickle(multiprocessing())   00 00 00 05 | 80 04 4b 2a 2e     send(42)
 *
 * Python runs what a pickle says. Here nothing is imported, looked up or called: a pickle that asks for it is refused.
 */
import { limits, wholeNumber } from '../../limits.ts'
import type { Codec } from '../../types.ts'
import { mapCodec } from '../map-codec.ts'
import type { PickleLimits } from '../pickle/faults.ts'
import { readPickle } from '../pickle/read-pickle.ts'
import type { PlainValue } from '../pickle/values.ts'
import { writePickle } from '../pickle/write-pickle.ts'

export { PickleRefusedError } from '../pickle/faults.ts'
export { parseLiteral } from '../pickle/literal.ts'
export { type ReprOptions, repr } from '../pickle/repr.ts'
export { ByteArray, FrozenSet, type PlainValue, Tuple } from '../pickle/values.ts'

export interface PickleOptions {
  /** How deep lists, tuples, dicts and sets may stand in each other (64). */
  maxDepth?: number
  /** Values in one message, a shared one each time it is met (262,144). */
  maxValues?: number
}

/**
 * Plain values as pickles: protocols 0 to 5 are read, 4 is written. Values that are shared stay shared.
 *
 * Decoding throws `PickleRefusedError` for what would import or call, and `MalformedFrameError` for what is no pickle, is
 * over a limit, contains itself, or has a key that Python would not take. Encoding throws `FrameRefusedError`.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(pickle(multiprocessing())), map(answer), encode(pickle(multiprocessing())), peer)
 */
export function pickle(codec: Codec<Uint8Array>, options: PickleOptions = {}): Codec<PlainValue> {
  const checked = limitsOf(options)
  const name = `pickle ${codec.name}`
  return mapCodec(codec, name, {
    read: (bytes) => readPickle(bytes, name, checked),
    write: (value) => writePickle(value, name, checked)
  })
}

/**
 * Reads one pickle, as Python's `pickle.loads` does for plain values.
 *
 * @throws PickleRefusedError, MalformedFrameError
 * @example fromPickle(Uint8Array.of(0x80, 4, 0x4b, 42, 0x2e)) // 42n
 */
export function fromPickle(bytes: Uint8Array, options: PickleOptions = {}): PlainValue {
  return readPickle(bytes, 'pickle', limitsOf(options))
}

/**
 * Writes one pickle, as Python's `pickle.dumps` does.
 *
 * @throws FrameRefusedError
 * @example fromPickle(toPickle([1n, 2.5, 'three']))
 */
export function toPickle(value: PlainValue, options: PickleOptions = {}): Uint8Array {
  return writePickle(value, 'pickle', limitsOf(options))
}

function limitsOf({ maxDepth = limits.pickleDepth, maxValues = limits.pickleValues }: PickleOptions): PickleLimits {
  return { maxDepth: wholeNumber('maxDepth', maxDepth), maxValues: wholeNumber('maxValues', maxValues) }
}
