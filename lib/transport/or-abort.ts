/** A promise that also rejects when a signal aborts, and leaves no listener behind. */
export function orAbort<T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal === undefined) {
      start(resolve, reject)
      return
    }
    const aborted = (): void => reject(signal.reason)
    if (signal.aborted) {
      aborted()
      return
    }
    signal.addEventListener('abort', aborted, { once: true })
    const heard = (): void => signal.removeEventListener('abort', aborted)
    start(
      (value) => {
        heard()
        resolve(value)
      },
      (error) => {
        heard()
        reject(error)
      }
    )
  })
}
