/**
 * Whether one more may log in while so many do: all up to `start`, none from `full` on, and in between a share that falls
 * in a straight line. Chance decides, so that a flood cannot keep all others out: each of them has the same chance.
 */
export class EarlyRefusal {
  readonly #start: number
  readonly #percent: number
  readonly #full: number
  readonly #random: () => number

  /** @param percent how many are refused at `start` */
  constructor(start: number, percent: number, full: number, random: () => number = Math.random) {
    this.#start = start
    this.#percent = percent
    this.#full = full
    this.#random = random
  }

  /** @param waiting how many are in front of their login now */
  refuses(waiting: number): boolean {
    if (waiting >= this.#full) return true
    if (waiting < this.#start) return false
    const first = this.#percent / 100
    return this.#random() < first + ((1 - first) * (waiting - this.#start)) / (this.#full - this.#start)
  }
}
