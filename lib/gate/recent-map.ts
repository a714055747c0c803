/**
 * A table of bounded size that forgets what was not set for longest.
 *
 * Two generations: when the young one holds half of what is allowed, it becomes the old one, and the old one is dropped
 * whole. So nothing is forgotten before as many others were set, and nothing is ever searched or deleted one by one (a Map
 * whose oldest entries are deleted steps over their holes, which is quadratic, and a flood would find that).
 */
export class RecentMap<V> {
  readonly #half: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()

  constructor(most: number) {
    this.#half = Math.max(1, Math.floor(most / 2))
  }

  /** Entries held, those twice that were set again. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
