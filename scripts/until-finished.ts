/** How a server on the command line is stopped: SIGTERM or SIGINT asks it to, a second one ends the process at once. */

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

export async function untilFinished({ finished, stop, reload, kill }: Stoppable): Promise<void> {
  let asked = false
  const signalled = (signal: NodeJS.Signals): void => {
    if (asked) {
      kill?.()
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    asked = true
    stop()
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
