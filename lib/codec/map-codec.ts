/**
 * A codec whose frames are another codec's frames, read and written one by one. A frame that cannot be read or written
 * is a fault behind the good ones before it; where the reader asked for it, a fault in its place.
 */
import { isBodyPart } from '../body.ts'
import { PeerError } from '../errors.ts'
import type { Codec, DecoderRun } from '../types.ts'

export function mapCodec<Outer, Inner>(
  codec: Codec<Inner>,
  name: string,
  { read, write }: { read(frame: Inner): Outer; write(frame: Outer): Inner }
): Codec<Outer> {
  return {
    name,
    endIsFrame: codec.endIsFrame === true,
    decoder(run = {}) {
      const inner = codec.decoder(run)
      const dead = onceDead()
      const readOne = mayHoldOthers(run) ? tolerant(read, run) : read
      const readAll = (frames: readonly Inner[], out: Outer[]): void => {
        for (const frame of frames) out.push(readOne(frame))
      }
      return {
        done: inner.done === true,
        endIsFrame: codec.endIsFrame === true,
        push: (batch, out) =>
          dead(() => {
            const frames: Inner[] = []
            try {
              return inner.push(batch, frames)
            } finally {
              readAll(frames, out)
            }
          }),
        end: (out) =>
          dead(() => {
            const frames: Inner[] = []
            try {
              inner.end?.(frames)
            } finally {
              readAll(frames, out)
            }
          }),
        rest: () => inner.rest(),
        held: () => inner.held()
      }
    },
    encoder() {
      const inner = codec.encoder()
      const dead = onceDead()
      return {
        push: (batch, out) =>
          dead(() => {
            const frames: Inner[] = []
            try {
              for (const frame of batch) frames.push(write(frame))
            } finally {
              if (frames.length > 0) inner.push(frames, out)
            }
          }),
        end: (out) => dead(() => inner.end?.(out))
      }
    }
  }
}

/** Whether other things than frames may come out of a decoder that is run so. */
function mayHoldOthers({ onOversize = 'error', onFault = 'error', asBodies = false }: DecoderRun): boolean {
  return asBodies || onFault === 'item' || onOversize === 'skip' || onOversize === 'body'
}

/** Reads frames, and lets pass what stands in the place of one; its own faults too, where they are asked for. */
function tolerant<Outer, Inner>(read: (frame: Inner) => Outer, { onFault }: DecoderRun): (frame: Inner) => Outer {
  return (frame) => {
    if (frame instanceof PeerError || isBodyPart(frame)) return frame as unknown as Outer
    if (onFault !== 'item') return read(frame)
    try {
      return read(frame)
    } catch (error) {
      if (error instanceof PeerError) return error as unknown as Outer
      throw error
    }
  }
}

/** Runs calls until one throws; every later one throws the same. */
function onceDead(): <R>(call: () => R) => R {
  let fault: { error: unknown } | undefined
  return (call) => {
    if (fault !== undefined) throw fault.error
    try {
      return call()
    } catch (error) {
      fault = { error }
      throw error
    }
  }
}
