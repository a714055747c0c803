/**
 * What is the same for every encoder: one packed chunk per batch, and a refused frame leaves no byte behind the good ones
 * before it. A codec's author writes how one frame is put.
 */
import { FrameRefusedError } from '../errors.ts'
import type { Step } from '../types.ts'
import { Packer } from './packer.ts'

export function frameEncoder<F>(put: (frame: F, packer: Packer) => void): Step<F, Uint8Array> {
  let expected = 0
  let fault: { error: unknown } | undefined
  return {
    push(batch, out) {
      if (fault !== undefined) throw fault.error
      const before = out.length
      const packer = new Packer(out, expected)
      try {
        for (let index = 0; index < batch.length; index++) {
          packer.begin()
          put(batch[index] as F, packer)
        }
      } catch (error) {
        packer.undo()
        fault = { error }
        throw error
      } finally {
        packer.flush()
      }
      expected = 0
      for (let index = before; index < out.length; index++) expected += (out[index] as Uint8Array).byteLength
    }
  }
}

/** @throws FrameRefusedError for a frame that is no bytes: types are gone when the program runs */
export function requireBytes(codec: string, frame: unknown): void {
  if (frame instanceof Uint8Array) return
  const kind = typeof frame === 'object' && frame !== null ? (frame.constructor?.name ?? 'object') : typeof frame
  throw new FrameRefusedError(codec, `that is no Uint8Array but ${kind}`)
}
