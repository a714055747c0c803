/**
 * Waits that end: every one has a bound and says what did not happen.
 */

/** The promise, or an error naming `what` after `ms`. */
export async function within<T>(promise: Promise<T>, what: string, ms = 30_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A promise that the test itself resolves. */
export interface Signpost<T> {
  readonly passed: Promise<T>
  pass(value: T): void
}

export function signpost<T = void>(): Signpost<T> {
  let pass: (value: T) => void = () => {}
  const passed = new Promise<T>((resolve) => {
    pass = resolve
  })
  return { passed, pass: (value) => pass(value) }
}

/** Something that many places wait for and one place reports: settles waiters whose condition has become true. */
export class Bell {
  readonly #waiting = new Set<() => void>()

  /** Has everybody look again. */
  ring(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves with what `look` finds, now or at a later ring; a throw of `look` rejects. */
  until<T>(look: () => T | undefined, what: string, ms?: number): Promise<T> {
    let check: () => void = () => {}
    const found = new Promise<T>((resolve, reject) => {
      check = () => {
        try {
          const value = look()
          if (value !== undefined) resolve(value)
        } catch (error) {
          reject(error)
        }
      }
      this.#waiting.add(check)
      check()
    })
    return within(found, what, ms).finally(() => this.#waiting.delete(check))
  }
}
