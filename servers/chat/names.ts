/**
 * Names of members and rooms, unique as people see them: two that differ in case, in the way that Unicode writes the same
 * letters, or in letters that look alike (TR39, section 4: `pаypal` with a Cyrillic а) are one name.
 */
import unhomoglyph from 'unhomoglyph'
import { chatLimits } from './limits.ts'

/** A letter, then letters, digits, `-` and `_`; each with 4 marks at most, and nothing that cannot be seen. */
const legal = /^(?!.*\p{Default_Ignorable_Code_Point})\p{L}\p{M}{0,4}(?:[\p{L}\p{Nd}_-]\p{M}{0,4})*$/u

export const nameRule = `1 to ${chatLimits.nameSigns} letters, digits, - and _, beginning with a letter`

/** The name as it is shown from now on; undefined where it can be none. */
export function legalName(typed: string): string | undefined {
  const name = typed.normalize('NFKC')
  return legal.test(name) && [...name].length <= chatLimits.nameSigns ? name : undefined
}

/** Who has which name. */
export class Names<T> {
  readonly #owners = new Map<string, T>()

  get(typed: string): T | undefined {
    return this.#owners.get(`is ${folded(typed)}`)
  }

  /**
   * Who has a name that this one could be mistaken for.
   *
   * @param self who may have it: a name that is nearly one's own can be nearly somebody else's too
   */
  likeness(name: string, self?: T): T | undefined {
    for (const key of keys(name)) {
      const owner = this.#owners.get(key)
      if (owner !== undefined && owner !== self) return owner
    }
    return undefined
  }

  set(name: string, owner: T): void {
    for (const key of keys(name)) this.#owners.set(key, owner)
  }

  delete(name: string): void {
    for (const key of keys(name)) this.#owners.delete(key)
  }
}

/** One for each way in which names are the same. A small letter and its capital look like different ones: I and l, i and j. */
function keys(name: string): string[] {
  const small = folded(name)
  return [`is ${small}`, `looks ${folded(skeleton(name))}`, `looks ${skeleton(small)}`]
}

function folded(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

/** The skeleton of TR39: what a name looks like. */
function skeleton(name: string): string {
  return unhomoglyph(name.normalize('NFD')).normalize('NFD')
}
