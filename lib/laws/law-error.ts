import type { LawName } from './law-table.ts'

/**
 * A codec broke a law. The message says which one, what was expected and what was seen, shows the bytes with the fewest
 * cuts that break it, and names the seed with which it is found again.
 */
export class LawError extends Error {
  readonly code = 'ERR_LAW_BROKEN'
  override readonly name = 'LawError'
  readonly law: LawName
  readonly seed: number
  constructor(law: LawName, seed: number, message: string, options: ErrorOptions) {
    super(message, options)
    this.law = law
    this.seed = seed
  }
}
