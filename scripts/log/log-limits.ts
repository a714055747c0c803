/** The limits of the log, each with its reason. */
export const logLimits = {
  /** A line in bytes: what POSIX promises to write in one piece to a pipe, so that lines of several processes do not mix. */
  lineBytes: 4096,
  /** Lines a second for one source and reason: enough to see it, and a flood of one kind costs 300 bytes a second. */
  linesPerSecond: 1,
  /** Sources and reasons told apart in one second; the rest share a line for each reason. Two lines each, 64 KiB. */
  sources: 128,
  /** Lines waiting for a reader of standard error that is stuck, in bytes; what comes then is dropped and counted. */
  waitingBytes: 1024 * 1024,
  /** How long an ending process waits for such a reader, in ms. */
  flushMs: 1000
} as const
