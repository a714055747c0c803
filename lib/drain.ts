/**
 * How open connections end when a server stops: nothing that was begun is cut, and nobody waits for the idle.
 *
 * A connection on which nothing moves is told that its input is over, if it stands between two frames. Inside a frame, or
 * while its handler is at work, it is left alone. Where nobody knows of frames (an echo, a proxy), an end could make a cut
 * stream look whole, so after a longer silence it is told of a fault. One whose handler is through is not waited for.
 */
import { DeadlineError } from './errors.ts'
import type { Clock, Connection } from './types.ts'

/** What a connection of this toolkit can say beside being a connection. */
interface Drainable {
  readonly moved: number
  readonly source: { readonly resting?: boolean | undefined }
  endInput(fault?: Error): void
  hangUp(): void
}

/** One connection that a stopping server waits for. */
export interface Draining {
  readonly connection: Connection
  /** Its handler is through with it. */
  readonly closing: boolean
}

const tickMs = 250
/** Ticks of silence before a connection of which no frames are known counts as idle. */
const silentTicks = 4

/** Told to a quiet connection, and to what is left at the deadline. */
export class DrainError extends DeadlineError {
  /** Whether it was quiet, or cut in the middle. */
  readonly quiet: boolean
  constructor(quiet: boolean, ms: number) {
    super(quiet ? 'the server is stopping and nothing came' : 'the handler of a stopping server did not finish', ms)
    this.quiet = quiet
  }
}

/** Looks after all of them, tick by tick; answers how to stop. */
export function endTheIdle(open: ReadonlySet<Draining>, clock: Clock): () => void {
  const seen = new Map<Draining, { moved: number; ticks: number }>()
  const look = (): void => {
    for (const one of open) {
      const connection = one.connection as Connection & Partial<Drainable>
      const moved = connection.moved ?? 0
      const before = seen.get(one)
      const ticks = before?.moved === moved ? before.ticks + 1 : 0
      seen.set(one, { moved, ticks })
      if (ticks > 0) endIfIdle(one, connection, ticks)
    }
    timer = clock.after(tickMs, look)
  }
  let timer = clock.after(tickMs, look)
  return () => timer.cancel()
}

function endIfIdle({ closing }: Draining, connection: Connection & Partial<Drainable>, ticks: number): void {
  if (closing) {
    connection.hangUp?.()
    return
  }
  const resting = connection.source.resting
  if (resting === true) connection.endInput?.()
  else if (resting === undefined && ticks >= silentTicks) connection.endInput?.(new DrainError(true, ticks * tickMs))
}
