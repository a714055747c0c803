/** A promise that also rejects when a signal aborts, and leaves no listener behind. */
export function orAbort<T>(signal: AbortSignal | undefined, start: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal === undefined) {
      start(resolve)
      return
    }
    const aborted = (): void => reject(signal.reason)
    if (signal.aborted) {
      aborted()
      return
    }
    signal.addEventListener('abort', aborted, { once: true })
    start((value) => {
      signal.removeEventListener('abort', aborted)
      resolve(value)
    })
  })
}
