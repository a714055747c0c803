/**
 * So many items in any second, and no more. Who sends faster is not dropped but read more slowly, until its own writes
 * wait; and who goes on like that for too long is a fault.
 */
import { systemClock } from '../clock.ts'
import { ProtocolError } from '../errors.ts'
import { milliseconds, wholeNumber } from '../limits.ts'
import type { Clock, Source, Transform } from '../types.ts'

export interface PaceOptions {
  /** Items that pass within any second. */
  perSecond: number
  /** How long somebody may have to wait again and again, without a pause, in ms. */
  floodMs: number
  /** Told whenever somebody begins to have to wait. */
  onWait?: () => void
  /** Another clock, for tests. */
  clock?: Clock
}

/**
 * A transform that keeps the pace. The fault is a `ProtocolError`, behind the items that passed.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(lines), paced({ perSecond: 20, floodMs: 10_000 }), forEach(hear))
 */
export function paced<T>({ perSecond, floodMs, onWait, clock = systemClock }: PaceOptions): Transform<T, T> {
  wholeNumber('perSecond', perSecond)
  milliseconds('floodMs', floodMs)
  return async function* (source: Source<T>) {
    /** When the last items passed: a ring, with the oldest at `next`. */
    const passed: number[] = []
    let next = 0
    let floodSince = 0
    let waitedUntil = Number.NEGATIVE_INFINITY
    const wait = (): number => (passed[next] ?? Number.NEGATIVE_INFINITY) + 1000 - clock.now()
    for await (const batch of source) {
      let ready: T[] = []
      for (const item of batch) {
        if (wait() > 0) {
          if (ready.length > 0) yield ready
          ready = []
          // A second in which nobody had to wait is a pause.
          if (clock.now() - waitedUntil >= 1000) {
            floodSince = clock.now()
            onWait?.()
          }
          for (let ms = wait(); ms > 0; ms = wait()) {
            const left = floodSince + floodMs - clock.now()
            if (left <= 0) throw new ProtocolError(`more than ${perSecond} items a second for ${floodMs} ms`)
            await sleep(Math.min(ms, left), clock)
          }
          waitedUntil = clock.now()
        }
        passed[next] = clock.now()
        next = (next + 1) % perSecond
        ready.push(item)
      }
      if (ready.length > 0) yield ready
    }
  }
}

function sleep(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}
