/**
 * Breaks loops with senders to whom no rate applies: a peer that answers answers sends the same datagram at once, again
 * and again. After so many in a row one is left unanswered, which ends a loop, and costs an eager client one retry.
 */
import { limits } from '../limits.ts'
import type { Clock, Datagram } from '../types.ts'
import { RecentMap } from './recent-map.ts'

interface Heard {
  readonly print: number
  readonly at: number
  readonly times: number
}

/** Bytes that are compared, beside the length. */
const comparedBytes = 64

export class LoopWatch {
  readonly #clock: Clock
  readonly #heard: RecentMap<Heard>

  constructor(clock: Clock, maxSources: number) {
    this.#clock = clock
    this.#heard = new RecentMap(maxSources)
  }

  /** Whether this datagram is one too many of the same. */
  repeats({ bytes, remote }: Datagram): boolean {
    const source = `${remote.host} ${remote.port}`
    const [print, at] = [printOf(bytes), this.#clock.now()]
    const before = this.#heard.get(source)
    const same = before?.print === print && at - before.at <= limits.datagramLoopMs
    const times = same ? before.times + 1 : 1
    const tooMany = times > limits.datagramLoopRepeats
    this.#heard.set(source, { print, at, times: tooMany ? 0 : times })
    return tooMany
  }
}

/** FNV-1a. */
function printOf(bytes: Uint8Array): number {
  let sum = 0x811c9dc5 ^ bytes.byteLength
  const end = Math.min(bytes.byteLength, comparedBytes)
  for (let index = 0; index < end; index++) sum = Math.imul(sum ^ (bytes[index] as number), 0x01000193)
  return sum
}
