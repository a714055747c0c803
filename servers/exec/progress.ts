/** What is heard of a command while it runs, types only: pieces of its output, then its end, once. */

export interface Output {
  readonly from: 'stdout' | 'stderr'
  readonly bytes: Uint8Array
}

/** How a command line ended; each is told in the audit. */
export type Outcome =
  /** Its program ended by itself. */
  | 'exited'
  /** A signal ended it that was not ours. */
  | 'signalled'
  /** It ran for as long as it may, and was killed. */
  | 'deadline'
  /** It said more than it may, and was killed. */
  | 'output_limit'
  /** Whoever asked went away, and it was killed. */
  | 'abandoned'
  /** The system could not start it. */
  | 'failed'
  /** It is not allowed: nothing was started. */
  | 'refused'
  /** All places were taken, those in the queue too: nothing was started. */
  | 'busy'

export interface Ended {
  readonly outcome: Outcome
  readonly exitCode: number | null
  readonly signal: string | null
  /** In words, where the outcome needs any. */
  readonly why?: string | undefined
}

/** Nothing happened for a while: the moment to look whether the peer is still there. */
export const quiet = Symbol('quiet')

export type Progress = Output | Ended | typeof quiet
