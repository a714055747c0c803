/** Tells of refusals in sums: a flood of datagrams must not become a flood of events. */
import type { DatagramRefusal } from '../events.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../types.ts'

export class RefusalReport {
  readonly #clock: Clock
  readonly #tell: (reason: DatagramRefusal, datagrams: number) => void
  readonly #untold = new Map<DatagramRefusal, number>()
  #timer: { cancel(): void } | undefined

  /** @param tell called for each reason once a second at most */
  constructor(clock: Clock, tell: (reason: DatagramRefusal, datagrams: number) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  count(reason: DatagramRefusal): void {
    this.#untold.set(reason, (this.#untold.get(reason) ?? 0) + 1)
    this.#timer ??= this.#clock.after(limits.refusalReportMs, () => this.flush())
  }

  /** Tells what is left. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const [reason, datagrams] of this.#untold) this.#tell(reason, datagrams)
    this.#untold.clear()
  }
}
