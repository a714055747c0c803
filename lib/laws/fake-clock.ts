/**
 * A clock for tests: time stands still until it is advanced, and then everything happens in the order in which it is due,
 * with room between for promises and I/O to settle.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { milliseconds } from '../limits.ts'
import type { Clock } from '../types.ts'

export interface FakeClock extends Clock {
  /**
   * Lets so many milliseconds pass: runs what falls due, in order of time and then of setting, timers set on the way
   * included. Before each and at the end a turn of the event loop goes by. What a timer throws, it rejects with. Calls
   * queue up.
   *
   * @throws InvalidOptionError
   */
  advance(ms: number): Promise<void>
  /** How many timers are set and have neither run nor been cancelled. */
  readonly pending: number
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/**
 * A clock that begins at 0 ms and goes only where it is told to.
 *
 * @example
 * const clock = fakeClock()
 * clock.after(1000, () => console.log('a second later'))
 * await clock.advance(1000)
 */
export function fakeClock(): FakeClock {
  let now = 0
  let last: Promise<unknown> = Promise.resolve()
  const timers = new Set<Timer>()

  const advance = async (ms: number): Promise<void> => {
    const until = now + ms
    await turn()
    for (let next = firstOf(timers, until); next !== undefined; next = firstOf(timers, until)) {
      timers.delete(next)
      now = Math.max(now, next.at)
      next.run()
      await turn()
    }
    now = until
  }

  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + Math.max(0, ms), run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    advance(ms) {
      milliseconds('ms', ms, 0)
      const done = last.then(() => advance(ms))
      last = done.catch(() => {})
      return done
    },
    get pending() {
      return timers.size
    }
  }
}

/** The timer that is due first up to that time; of several, the one that was set first. */
function firstOf(timers: Iterable<Timer>, until: number): Timer | undefined {
  let first: Timer | undefined
  for (const timer of timers) if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer
  return first
}
