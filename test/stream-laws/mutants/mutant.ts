/**
 * A mutant: one fault planted in the core, and the laws that must find it.
 */
import type { LawName } from '../laws/laws.ts'
import type { Patch } from './patched-core.ts'

export interface Mutant extends Patch {
  readonly fault: string
  readonly foundBy: readonly LawName[]
}
