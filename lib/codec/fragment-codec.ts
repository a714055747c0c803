/** The codec of messages made of blocks. */
import { FrameOverLimitError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Codec } from '../types.ts'
import { BlockWriter } from './block-writer.ts'
import { endingOf, withBareEnd } from './fragment-ending.ts'
import { FragmentFramer } from './fragment-framer.ts'
import { type FragmentOptions, fragmentsOf } from './fragments.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { frameEncoder, requireBytes } from './frame-encoder.ts'
import { joinedBytes } from './large-frame.ts'
import { type LayoutOptions, layoutOf } from './length-layout.ts'

/** @param maxBytes the largest message in bytes (16 MiB) */
export function fragmentCodec(
  name: string,
  options: LayoutOptions,
  fragmentOptions: FragmentOptions,
  maxBytes: number = limits.messageBytes
): Codec<Uint8Array> {
  wholeNumber('maxBytes', maxBytes)
  const given = layoutOf(options)
  const fragments = fragmentsOf(fragmentOptions, given, options)
  const layout = fragments.last === undefined ? withBareEnd(given) : given
  const { last, blockBytes, maxBlocks } = fragments
  const ending = endingOf(name, layout, fragments)
  const marking =
    last === undefined
      ? undefined
      : [false, true].map((is) => (into: Uint8Array, at: number, behind: number) => last.write(is, into, at, behind))
  return {
    name,
    decoder: (run) =>
      new FrameDecoder(
        new FragmentFramer(name, layout, fragments, ending, { limit: joinedBytes(maxBytes, run), maxBytes }),
        run
      ),
    encoder: () => {
      const writer = new BlockWriter(name, layout)
      return frameEncoder((message: Uint8Array, packer) => {
        requireBytes(name, message)
        const size = message.byteLength
        const blocks = last === undefined ? Math.ceil(size / blockBytes) : Math.max(1, Math.ceil(size / blockBytes))
        if (size > maxBytes) throw new FrameOverLimitError(name, size, maxBytes)
        if (blocks > maxBlocks) throw new FrameOverLimitError(name, blocks, maxBlocks, 'blocks')
        for (let index = 0; index < blocks; index++) {
          const block = message.subarray(index * blockBytes, (index + 1) * blockBytes)
          writer.put(block, packer, undefined, marking?.[index === blocks - 1 ? 1 : 0])
        }
        packer.bytes(ending)
      })
    }
  }
}
