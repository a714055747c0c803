/**
 * Looks at a whole value, each part once: is it plain, not too deep, not too large, and without an end?
 *
 * A part that is shared is looked at once and counted each time that it is met. So a few bytes that say "ten of what
 * was said before" ten times over are refused, and whoever walks a value walks at most `maxValues` steps.
 */
import type { PickleLimits } from './faults.ts'
import { ByteArray, FrozenSet, type PlainValue, Tuple } from './values.ts'

interface Measured {
  /** How many containers stand in each other, itself included. */
  readonly height: number
  /** Values in it, itself included. */
  readonly values: number
  /** Whether Python takes it for a key. */
  readonly hashable: boolean
}

const leaf: Measured = { height: 0, values: 1, hashable: true }
const mutableLeaf: Measured = { ...leaf, hashable: false }

/** @throws Error whose message says what is wrong */
export function measure(value: unknown, { maxDepth, maxValues }: PickleLimits): void {
  const known = new Map<object, Measured>()
  const open = new Set<object>()
  visit(value, 1)

  function visit(part: unknown, depth: number): Measured {
    if (isSimple(part)) return leaf
    if (part instanceof ByteArray) return mutableLeaf
    const container = part as object
    let measured = known.get(container)
    if (measured === undefined) {
      if (open.has(container)) throw new Error('a value that contains itself')
      if (depth > maxDepth) throw new Error(`a value nested deeper than ${maxDepth}`)
      open.add(container)
      measured = measureContainer(part, depth)
      open.delete(container)
      known.set(container, measured)
    }
    if (depth + measured.height - 1 > maxDepth) throw new Error(`a value nested deeper than ${maxDepth}`)
    return measured
  }

  function measureContainer(part: unknown, depth: number): Measured {
    let height = 0
    let values = 1
    let hashable = part instanceof Tuple || part instanceof FrozenSet
    const add = (child: unknown, mustHash: boolean): void => {
      const measured = visit(child, depth + 1)
      if (mustHash && !measured.hashable) throw new Error(`${kindOf(child)} as a key or in a set`)
      height = Math.max(height, measured.height)
      values += measured.values
      if (!measured.hashable) hashable = false
      if (values > maxValues) throw new Error(`more than ${maxValues} values`)
    }
    if (Array.isArray(part)) for (const child of part) add(child, false)
    else if (part instanceof Tuple) for (const child of part.items) add(child, false)
    else if (part instanceof Set) for (const child of part) add(child, true)
    else if (part instanceof FrozenSet) for (const child of part.items) add(child, true)
    else if (part instanceof Map) {
      for (const [key, child] of part) {
        add(key, true)
        add(child, false)
      }
    } else throw new Error(`${kindOf(part)}, which is no plain value`)
    return { height: height + 1, values, hashable }
  }
}

function isSimple(part: unknown): part is PlainValue {
  const type = typeof part
  return (
    part === null ||
    part instanceof Uint8Array ||
    !(type === 'object' || type === 'function' || type === 'symbol' || type === 'undefined')
  )
}

/** What an error calls it. */
export function kindOf(part: unknown): string {
  if (Array.isArray(part)) return 'a list'
  if (part instanceof Map) return 'a dict'
  if (part instanceof Set) return 'a set'
  if (part instanceof ByteArray) return 'a bytearray'
  if (part instanceof Tuple) return 'a tuple with something mutable in it'
  if (typeof part !== 'object' || part === null) return `something of type ${typeof part}`
  return String(part) === '[object Object]' ? `a ${part.constructor?.name ?? 'bare object'}` : String(part)
}
