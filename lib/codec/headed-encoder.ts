/** Writes frames with any layout of header and trailer, and signals. */
import { FrameOverLimitError, FrameRefusedError } from '../errors.ts'
import type { Step } from '../types.ts'
import { BlockReader } from './block-reader.ts'
import { BlockWriter } from './block-writer.ts'
import { frameEncoder, requireBytes } from './frame-encoder.ts'
import type { HeadedFrame, HeaderFormat, Layout } from './length-layout.ts'
import type { Packer } from './packer.ts'
import { isSignal } from './signal.ts'

export function headedEncoder(
  name: string,
  layout: Layout,
  maxBytes: number,
  header: 'strip' | 'keep' | HeaderFormat<unknown> | undefined
): Step<unknown, Uint8Array> {
  const writer = new BlockWriter(name, layout)
  const numbers = new Map([...(layout.signals ?? [])].map(([value, signal]) => [signal, value]))
  const allow = (payload: Uint8Array): void => {
    requireBytes(name, payload)
    const size = payload.byteLength
    if (size > maxBytes) throw new FrameOverLimitError(name, size, maxBytes)
  }
  return frameEncoder((frame: unknown, packer) => {
    if (numbers.size > 0 && isSignal(frame)) {
      const value = numbers.get(frame.signal)
      if (value === undefined) throw new FrameRefusedError(name, `that signals ${JSON.stringify(frame.signal)}`)
      return writer.putNumber(value, packer)
    }
    if (header === 'keep') {
      allow(frame as Uint8Array)
      return putWhole(name, layout, frame as Uint8Array, packer)
    }
    if (typeof header !== 'object') {
      allow(frame as Uint8Array)
      return writer.put(frame as Uint8Array, packer)
    }
    if (typeof frame !== 'object' || frame === null) {
      throw new FrameRefusedError(name, `that is no { header, payload } but ${typeof frame}`)
    }
    const { header: said, payload } = frame as HeadedFrame<unknown>
    allow(payload)
    writer.put(payload, packer, said, (into, at, behind) => header.write(said, into, at, behind))
  })
}

/** A frame that brings its header: it must say what is there. */
function putWhole(name: string, layout: Layout, frame: Uint8Array, packer: Packer): void {
  const reader = new BlockReader(name, layout)
  let whole = false
  try {
    whole = reader.read(frame, 0, frame.byteLength) && reader.signal === undefined
  } catch (cause) {
    throw new FrameRefusedError(name, 'whose header is wrong', { cause })
  }
  if (!whole || reader.payloadAt + reader.payload !== frame.byteLength) {
    throw new FrameRefusedError(name, `whose header says another length than its ${frame.byteLength} bytes`)
  }
  packer.bytes(frame)
  if (layout.trailerMark !== undefined) packer.bytes(layout.trailerMark)
  else if (reader.trailer > 0) packer.bytes(new Uint8Array(reader.trailer))
}
