import type { CutHow } from './fault-plan.ts'

/** What went one way through a faulty line, and what was done to it. */
export interface FaultStats {
  /** Taken from the sender. What is neither out nor on its way was cut off. */
  readonly bytesIn: number
  /** Passed on. */
  readonly bytesOut: number
  readonly bitsFlipped: number
  readonly cuts: Readonly<Record<CutHow, number>>
}

/** A fault that was done, and behind how many bytes of its stream. */
export interface FaultDone {
  readonly kind: 'flip-bit' | CutHow
  readonly at: number
}

/** The books of a line, or of many. */
export class FaultCounters implements FaultStats {
  bytesIn = 0
  bytesOut = 0
  bitsFlipped = 0
  readonly cuts: Record<CutHow, number> = { end: 0, reset: 0, silence: 0 }

  count({ kind }: FaultDone): void {
    if (kind === 'flip-bit') this.bitsFlipped++
    else this.cuts[kind]++
  }
}
