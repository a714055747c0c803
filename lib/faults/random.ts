/** Numbers that look random and are the same every time: one generator for each name below a seed. */

/** From 0 up to, and not with, 1. */
export type Random = () => number

/**
 * A generator of its own for each name, so that one fault more or less changes nothing in the others.
 *
 * @example const jitter = random(7, 'down', 3, 'jitter')
 */
export function random(...name: readonly (string | number)[]): Random {
  let state = hash(name.join('/'))
  // mulberry32: 32 bits of state, passes what a fault needs.
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return sum
}
