/**
 * How open connections end when a server stops: nothing that was begun is cut, and nobody waits for the idle.
 *
 * A connection on which nothing moves is told that its input is over, if it stands between two frames. Inside a frame, or
 * while its handler is at work, it is left alone. Where nobody knows of frames (an echo, a proxy), an end could make a cut
 * stream look whole, so after a longer silence it is told of a fault; and while others are busy its silence, once something
 * moved on it, may be theirs: a network or a client that is not done with all of them yet. One whose handler is through is
 * not waited for.
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
  /** Ticks in which nothing moved on any of them. */
  let still = 0
  const look = (): void => {
    still++
    for (const one of open) {
      const moved = movedOn(one)
      const before = seen.get(one)
      const ticks = before?.moved === moved ? before.ticks + 1 : 0
      seen.set(one, { moved, ticks })
      if (ticks === 0) still = 0
    }
    for (const one of open) {
      const { moved, ticks } = seen.get(one) ?? { moved: 0, ticks: 0 }
      if (ticks > 0) endIfIdle(one, ticks, moved === 0 ? ticks : Math.min(still, ticks))
    }
    timer = clock.after(tickMs, look)
  }
  let timer = clock.after(tickMs, look)
  return () => timer.cancel()
}

function movedOn({ connection }: Draining): number {
  return (connection as Connection & Partial<Drainable>).moved ?? 0
}

/** @param silent ticks that count where no frames are known */
function endIfIdle(one: Draining, ticks: number, silent: number): void {
  const connection = one.connection as Connection & Partial<Drainable>
  if (one.closing) {
    connection.hangUp?.()
    return
  }
  const resting = connection.source.resting
  if (resting === true) connection.endInput?.()
  else if (resting === undefined && silent >= silentTicks) connection.endInput?.(new DrainError(true, ticks * tickMs))
}
