/** Which blocks of the library the last case entered for the first time, as V8 counts them. */
import { Session } from 'node:inspector'

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

interface Script {
  readonly scriptId: string
  readonly url: string
  readonly functions: readonly { readonly ranges: readonly Range[] }[]
}

export class Coverage {
  readonly #session = new Session()
  readonly #seen = new Set<string>()
  #found: readonly Script[] = []

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    this.fresh()
  }

  /** How many blocks, in a new order of magnitude of times, were entered since the last call and never before. */
  fresh(): number {
    // The answer comes at once: the session is of this thread.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error
      this.#found = (answer as { result: Script[] }).result
    })
    let fresh = 0
    for (const { scriptId, url, functions } of this.#found) {
      if (!url.includes('/lib/')) continue
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue
          const key = `${scriptId} ${startOffset} ${endOffset} ${Math.min(4, Math.floor(Math.log2(count) / 2))}`
          if (this.#seen.has(key)) continue
          this.#seen.add(key)
          fresh++
        }
      }
    }
    return fresh
  }

  get blocks(): number {
    return this.#seen.size
  }

  close(): void {
    this.#session.disconnect()
  }
}
