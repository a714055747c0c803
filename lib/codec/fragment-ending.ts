import { InvalidOptionError } from '../errors.ts'
import { BlockWriter } from './block-writer.ts'
import type { Fragments } from './fragments.ts'
import type { Layout } from './length-layout.ts'
import { Packer } from './packer.ts'

const nothing = new Uint8Array(0)
const emptyLine = new Uint8Array([0x0d, 0x0a])

/**
 * Where the number counts more than the payload, the one of an empty block is not 0. Then 0 is no length at all, and it
 * ends a message without anything behind it, as git's `0000` does.
 *
 * @throws InvalidOptionError where 0 is the number of a block with bytes in it
 */
export function withBareEnd(layout: Layout): Layout {
  const { counts, after, trailer } = layout
  if (counts === 'payload') return layout
  if (typeof counts === 'number') {
    if (typeof after !== 'number' || typeof trailer !== 'number' || after + trailer === counts) return layout
    if (after + trailer < counts) {
      throw new InvalidOptionError('counts', counts, `at most ${after + trailer}: a length of zero ends a message`)
    }
  }
  return { ...layout, signals: new Map([[0, 'end']]) }
}

/** What is written behind the last block of a message: nothing where that block itself says that it is the last. */
export function endingOf(name: string, layout: Layout, { last, trailerLines }: Fragments): Uint8Array {
  const out: Uint8Array[] = []
  if (last !== undefined) return nothing
  const packer = new Packer(out)
  const writer = new BlockWriter(name, layout)
  if (trailerLines || layout.signals !== undefined) writer.putNumber(0, packer)
  else writer.put(nothing, packer)
  if (trailerLines) packer.bytes(emptyLine)
  packer.flush()
  return new Uint8Array(Buffer.concat(out))
}
