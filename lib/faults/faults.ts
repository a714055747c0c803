import { systemClock } from '../clock.ts'
import { behind } from '../stream/upstream.ts'
import type { Clock, Source, Transform } from '../types.ts'
import { FaultLine } from './fault-line.ts'
import { type Faults, faultPlan } from './fault-plan.ts'
import { FaultCounters, type FaultDone, type FaultStats } from './fault-stats.ts'

export interface FaultsOptions extends Faults {
  /** What is random is drawn from it (0): the same seed, the same faults. */
  readonly seed?: number
  /** The time by which it delays (the system's). */
  readonly clock?: Clock
  /** Told of each cut and each flipped bit. */
  readonly onFault?: (fault: FaultDone) => void
}

/** A transform, and what it has done so far, over all the streams that went through it. */
export interface FaultTransform extends Transform<Uint8Array, Uint8Array> {
  readonly stats: FaultStats
}

/**
 * A bad line as a transform of bytes, for a test without any socket. What no fault says is left as it is: the order, the
 * end, a fault of the sender, backpressure. Each further stream draws faults of its own.
 *
 * @throws InvalidOptionError
 * @example
 *   const clock = fakeClock()
 *   const [client, server] = memoryPair()
 *   handler(server)
 *   await pipe(batched([question]), faults({ sliceBytes: 1, latencyMs: 100, clock }), client, decode(answer), collect())
 */
export function faults({
  seed = 0,
  clock = systemClock,
  onFault = () => {},
  ...wanted
}: FaultsOptions): FaultTransform {
  const stats = new FaultCounters()
  let streams = 0
  faultPlan(wanted, [seed])
  const transform = (source: Source<Uint8Array>): Source<Uint8Array> => {
    const plan = faultPlan(wanted, [seed, streams++])
    return behind('faults', source, (upstream) => new FaultLine(upstream, plan, clock, stats, onFault))
  }
  return Object.assign(transform, { stats })
}
