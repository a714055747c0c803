/** A codec whose mark cannot stand in a payload, because payloads are written another way. */
import { FrameOverLimitError, FrameRefusedError } from '../errors.ts'
import { wholeNumber } from '../limits.ts'
import type { Codec } from '../types.ts'
import { DelimiterFramer, type DelimiterRules } from './delimiter-framer.ts'
import type { Escaping } from './escaping.ts'
import { FrameDecoder, type Framer } from './frame-decoder.ts'
import { frameEncoder, requireBytes } from './frame-encoder.ts'
import { joinedBytes } from './large-frame.ts'
import { Marks } from './marks.ts'

export interface EscapedCodecOptions {
  name: string
  mark: Uint8Array
  escaping: Escaping
  maxBytes: number
  skipEmpty: boolean
  /** Puts something in front of the framer. */
  framer?(framer: DelimiterFramer): Framer<Uint8Array>
  /** The mark of an empty payload, where it is another. */
  emptyMark?: Uint8Array
}

/** @throws InvalidOptionError */
export function escapedCodec(options: EscapedCodecOptions): Codec<Uint8Array> {
  const { name, mark, escaping, maxBytes, skipEmpty, framer = (same) => same, emptyMark = mark } = options
  wholeNumber('maxBytes', maxBytes)
  const marks = new Marks('delimiter', [mark])
  const rules: DelimiterRules = {
    name,
    marks,
    begin: undefined,
    maxGarbageBytes: 0,
    keep: false,
    skipEmpty,
    maxBytes,
    escaping
  }
  return {
    name,
    decoder: (run) =>
      new FrameDecoder(framer(new DelimiterFramer(rules, joinedBytes(maxBytes, run), run?.onFault === 'item')), run),
    encoder: () =>
      frameEncoder((frame: Uint8Array, packer) => {
        requireBytes(name, frame)
        const size = frame.byteLength
        if (size > maxBytes) throw new FrameOverLimitError(name, size, maxBytes)
        const wire = escaping.write(frame)
        if (wire.byteLength === 0 && skipEmpty) {
          throw new FrameRefusedError(name, 'that is empty: it would not be read')
        }
        packer.bytes(wire)
        packer.bytes(size === 0 ? emptyMark : mark)
      })
  }
}
