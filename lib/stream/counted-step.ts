import { BodyBegin, BodyData } from '../body.ts'
import { FrameTooLargeError, PeerError, UnexpectedEndError } from '../errors.ts'
import type { Step } from '../types.ts'

/** What went through a decoder. One object may count for many streams; set it back whenever you like. */
export interface DecodeCounters {
  /** Bytes taken in. */
  bytes: number
  /** Good frames given out, those in parts with them. */
  frames: number
  /** Frames over the limit that were skipped, or that ended a stream. */
  oversized: number
  /** Other bad frames: items in the place of one, or the end of a stream. */
  malformed: number
  /** Streams that ended inside a frame. */
  truncated: number
}

/** Fresh counters. @example const counters = decodeCounters(); decode(codec, { counters }) */
export function decodeCounters(): DecodeCounters {
  return { bytes: 0, frames: 0, oversized: 0, malformed: 0, truncated: 0 }
}

/** A decoder that counts what goes in and comes out. */
export function countedStep<F>(step: Step<Uint8Array, F>, counters: DecodeCounters): Step<Uint8Array, F> {
  const counted = <R>(out: F[], run: () => R): R => {
    const before = out.length
    try {
      return run()
    } catch (error) {
      countFault(error, counters)
      throw error
    } finally {
      for (let index = before; index < out.length; index++) countItem(out[index], counters)
    }
  }
  return {
    done: step.done === true,
    get endIsFrame() {
      return step.endIsFrame === true
    },
    held: () => step.held?.() ?? 0,
    push(batch, out) {
      for (const chunk of batch) counters.bytes += chunk.byteLength
      return counted(out, () => step.push(batch, out))
    },
    end: (out) => counted(out, () => step.end?.(out))
  }
}

function countItem(item: unknown, counters: DecodeCounters): void {
  if (item instanceof PeerError) countFault(item, counters)
  else if (!(item instanceof BodyBegin || item instanceof BodyData)) counters.frames++
}

function countFault(error: unknown, counters: DecodeCounters): void {
  if (!(error instanceof PeerError)) return
  if (error instanceof FrameTooLargeError) counters.oversized++
  else if (error instanceof UnexpectedEndError) counters.truncated++
  else counters.malformed++
}
