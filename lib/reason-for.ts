/**
 * The one reason why a connection ended, out of what its handler threw and what broke it.
 */
import { DrainError } from './drain.ts'
import {
  AuthError,
  ConnectionError,
  ConnectionResetError,
  DeadlineError,
  FrameTimeoutError,
  FrameTooLargeError,
  LimitError,
  MacError,
  PeerError,
  UnexpectedEndError
} from './errors.ts'
import type { CloseReason } from './events.ts'

/** Only what broke this connection can be laid to its peer or to us; another connection's end is the handler's affair. */
export function reasonFor(error: unknown, brokenBy: Error | undefined): CloseReason {
  if (brokenBy instanceof LimitError) return brokenBy.reason
  if (error instanceof LimitError) return error.reason
  if (error instanceof DrainError) return error.quiet ? 'drained' : 'drain_timeout'
  if (error instanceof MacError || brokenBy instanceof MacError) return 'bad_mac'
  if (error instanceof AuthError) return error.outcome === 'limited' ? 'auth_limited' : 'auth_failed'
  if (error instanceof FrameTooLargeError) return 'frame_too_large'
  if (error instanceof FrameTimeoutError) return 'frame_timeout'
  if (error instanceof UnexpectedEndError) return 'truncated'
  if (error instanceof PeerError) return 'malformed'
  if (brokenBy instanceof DrainError) return 'drain_timeout'
  if (brokenBy === undefined || (error !== brokenBy && !(error instanceof ConnectionError))) return 'handler_error'
  if (brokenBy instanceof DeadlineError) return 'linger_timeout'
  return brokenBy instanceof ConnectionResetError ? 'peer_reset' : 'aborted'
}
