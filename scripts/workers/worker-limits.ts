/** The limits of workers, each with its reason. Times in ms. */
export const workerLimits = {
  /** Processes: more than any machine has cores for. */
  workers: 256,
  /** A worker that died is replaced after so long, the next time after twice as long, and so on. */
  restartMs: 100,
  /** But never later than this: somebody may have mended it. */
  restartMostMs: 10_000,
  /** A worker that served for so long was well: the next one that dies is replaced soon again. */
  wellMs: 10_000,
  /** A worker that does not answer the admin endpoint within this is left out of the answer. */
  reportMs: 2_000,
  /** What a stopping worker has beside its grace before it is killed. */
  stopMs: 2_000
} as const
