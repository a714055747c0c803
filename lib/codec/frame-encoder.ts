/**
 * What is the same for every encoder: one packed chunk per batch, and a refused frame comes after the bytes of the good
 * ones before it. A codec's author writes how one frame is put; it checks the frame before it puts the first byte.
 */
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
        for (let index = 0; index < batch.length; index++) put(batch[index] as F, packer)
      } catch (error) {
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
