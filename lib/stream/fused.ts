/**
 * A source with a run of stages behind it that work as one loop.
 *
 * A stage called on a fused source does not wrap it: it makes a longer one over the same upstream. So ten stages cost
 * one `await` per upstream batch when pulled, and none when driven. A fused source can be driven exactly if its
 * upstream can.
 */
import { InUseError } from '../errors.ts'
import { DRIVE } from '../symbols.ts'
import type { Control, Drivable, Receiver, Source, Stage } from '../types.ts'
import { Chain } from './chain.ts'
import { FusedDrive } from './fused-drive.ts'
import { FusedIterator } from './fused-iterator.ts'

export class Fused<T> implements Source<T> {
  readonly upstream: Source<never>
  readonly stages: readonly Stage<never, unknown>[]
  /** Shared by all sources over the same upstream: whoever reads first has it. */
  readonly claim: { taken: boolean }

  constructor(upstream: Source<never>, stages: readonly Stage<never, unknown>[], claim: { taken: boolean }) {
    this.upstream = upstream
    this.stages = stages
    this.claim = claim
  }

  /** True when a fault of this stream must not look like its end, see {@link Stage.endIsFrame}. */
  get endIsFrame(): boolean {
    return this.stages.some((stage) => stage.endIsFrame)
  }

  /** @param late called when a frame did not end in its time, and the chain has failed with that */
  begin(late: () => void): Chain<T> {
    if (this.claim.taken) throw new InUseError('this source')
    this.claim.taken = true
    return new Chain<T>(this.stages, late)
  }

  [Symbol.asyncIterator](): AsyncIterator<T[]> {
    return new FusedIterator(this)
  }
}

export class DrivableFused<T> extends Fused<T> implements Drivable<T> {
  [DRIVE](to: Receiver<T>): Control {
    return new FusedDrive(this, to)
  }
}

/** Puts one more stage behind a source; this is what calling a stage does. */
export function fuse<In, Out>(source: Source<In>, stage: Stage<In, Out>): Source<Out> {
  const one = stage as Stage<never, unknown>
  if (source instanceof Fused) {
    const Same = source.constructor as typeof Fused
    return new Same<Out>(source.upstream, [...source.stages, one], source.claim)
  }
  const Kind = isDrivable(source) ? DrivableFused : Fused
  return new Kind<Out>(source as Source<never>, [one], { taken: false })
}

/** Whether a source can push its batches, see {@link Drivable}. */
export function isDrivable<T>(source: Source<T>): source is Drivable<T> {
  return DRIVE in source
}

/** Whether the end of this stream is the end of its frame, so that a fault must be made visible as a cut. */
export function endIsFrame(source: Source<unknown>): boolean {
  return source instanceof Fused && source.endIsFrame
}
