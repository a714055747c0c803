/**
 * What `close` and `halfClose` share: the whole stream is one frame, and its end is the frame's end.
 *
 * Exactly one frame a stream, also an empty one. Nothing in the bytes tells a whole frame from a cut one, so a fault
 * behind the encoder makes the sink reset the connection, and the reader gets an error in place of an end.
 */
import { FrameOverLimitError, FrameRefusedError, FrameTooLargeError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Codec, Decoder, DecoderRun, Step } from '../types.ts'
import { HeldBytes } from './held-bytes.ts'

export interface UntilEndOptions {
  /** The largest message in bytes (16 MiB). */
  maxBytes?: number
}

export function untilEnd(name: string, { maxBytes = limits.messageBytes }: UntilEndOptions): Codec<Uint8Array> {
  wholeNumber('maxBytes', maxBytes)
  return {
    name,
    endIsFrame: true,
    decoder: (run) => untilEndDecoder(name, maxBytes, run),
    encoder: () => untilEndEncoder(name, maxBytes)
  }
}

function untilEndDecoder(name: string, maxBytes: number, run: DecoderRun = {}): Decoder<Uint8Array> {
  const held = new HeldBytes()
  let fault: Error | undefined
  return {
    done: run.frames === 0,
    endIsFrame: true,
    push(batch) {
      if (fault !== undefined) throw fault
      for (let index = 0; index < batch.length; index++) {
        const chunk = batch[index] as Uint8Array
        if (held.length + chunk.byteLength > maxBytes) {
          fault = new FrameTooLargeError(name, maxBytes + 1, maxBytes)
          held.clear()
          throw fault
        }
        held.append(chunk, maxBytes)
      }
    },
    end(out) {
      if (fault !== undefined) throw fault
      if (run.frames !== 0) out.push(held.join())
      held.clear()
    },
    rest: () => [],
    held: () => held.length
  }
}

function untilEndEncoder(name: string, maxBytes: number): Step<Uint8Array, Uint8Array> {
  let used = false
  return {
    push(batch, out) {
      for (const frame of batch) {
        if (used) throw new FrameRefusedError(name, 'behind another: the stream has one, and its end is the end of it')
        if (frame.byteLength > maxBytes) throw new FrameOverLimitError(name, frame.byteLength, maxBytes)
        used = true
        if (frame.byteLength > 0) out.push(frame)
      }
    }
  }
}
