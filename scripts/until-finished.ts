/**
 * How a server on the command line is stopped: SIGTERM or SIGINT asks it to, a second one ends the process at once.
 *
 * The same signal right behind the first is no second one: where a whole process group is told to stop, `npm` and `timeout`
 * hear it too, and pass it on to us, who have it already.
 */
import { type Clock, systemClock } from '../lib/index.ts'

/** How soon the same signal is the first one, passed on; in ms. */
const echoMs = 200

export interface Stoppable {
  /** Settles when it is over. */
  readonly finished: Promise<unknown>
  /** Begins to stop. */
  stop(): void
  /** Reads certificates again (SIGHUP); undefined where there are none, and then SIGHUP is what it always was. */
  readonly reload?: (() => void) | undefined
  /** Ends what would outlive the process. */
  kill?(): void
}

export async function untilFinished(
  { finished, stop, reload, kill }: Stoppable,
  clock: Clock = systemClock
): Promise<void> {
  let first: { signal: NodeJS.Signals; at: number } | undefined
  const signalled = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { signal, at: clock.now() }
      stop()
    } else if (signal !== first.signal || clock.now() - first.at >= echoMs) {
      kill?.()
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
  }
  if (reload !== undefined) process.on('SIGHUP', reload)
  process.on('SIGTERM', signalled).on('SIGINT', signalled)
  try {
    await finished
  } finally {
    if (reload !== undefined) process.off('SIGHUP', reload)
    process.off('SIGTERM', signalled).off('SIGINT', signalled)
  }
}
