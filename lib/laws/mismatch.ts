/** A promise that was not kept: the message is one sentence of what was expected and what was seen. */
import { isDeepStrictEqual } from 'node:util'
import type { Outcome } from './outcome.ts'
import { show } from './show.ts'

/** What a decoder should have made of a stream, and what it made. */
export interface Sides {
  readonly expected: Outcome<unknown>
  readonly seen: Outcome<unknown>
}

export class Mismatch extends Error {
  override readonly name = 'Mismatch'
  readonly sides: Sides | undefined
  constructor(sentence: string, options?: ErrorOptions & { sides?: Sides }) {
    super(sentence, options)
    this.sides = options?.sides
  }
}

/** @param what names the thing compared, and where: `held() after 3 bytes` */
export function equal(seen: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(seen, expected)) {
    throw new Mismatch(`${what}: expected ${show(expected)}, got ${show(seen)}`)
  }
}

export function holds(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Mismatch(sentence)
}
