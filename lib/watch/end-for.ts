import { FrameTimeoutError } from '../errors.ts'
import { BaseConnection } from '../transport/base-connection.ts'
import type { Connection } from '../types.ts'
import type { Verdict } from './watch.ts'

/**
 * Ends a connection that is over a limit: gently where the reader hears of it and nothing is left to say; otherwise the peer
 * must be cut off.
 */
export function endFor(error: Verdict, connection: Connection): void {
  const gentle = error instanceof FrameTimeoutError || ['idle_timeout', 'session_timeout'].includes(error.reason)
  if (!gentle || !(connection instanceof BaseConnection) || !connection.source.waiting) connection.abort(error)
  else connection.endInput(connection.source.resting === true ? undefined : error)
}
