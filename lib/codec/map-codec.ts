/**
 * A codec whose frames are another codec's frames, read and written one by one. A frame that cannot be read or written
 * is a fault behind the good ones before it.
 */
import type { Codec } from '../types.ts'

export function mapCodec<Outer, Inner>(
  codec: Codec<Inner>,
  name: string,
  { read, write }: { read(frame: Inner): Outer; write(frame: Outer): Inner }
): Codec<Outer> {
  return {
    name,
    endIsFrame: codec.endIsFrame === true,
    decoder(run) {
      const inner = codec.decoder(run)
      const dead = onceDead()
      const readAll = (frames: readonly Inner[], out: Outer[]): void => {
        for (const frame of frames) out.push(read(frame))
      }
      return {
        done: inner.done === true,
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
