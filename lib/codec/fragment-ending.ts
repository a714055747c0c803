import { BlockWriter } from './block-writer.ts'
import type { Fragments } from './fragments.ts'
import type { Layout } from './length-layout.ts'
import { Packer } from './packer.ts'

const nothing = new Uint8Array(0)
const emptyLine = new Uint8Array([0x0d, 0x0a])

/** What is written behind the last block of a message: nothing where that block itself says that it is the last. */
export function endingOf(name: string, layout: Layout, { last, trailerLines }: Fragments): Uint8Array {
  const out: Uint8Array[] = []
  if (last !== undefined) return nothing
  const packer = new Packer(out)
  const writer = new BlockWriter(name, layout)
  if (trailerLines) {
    writer.putNumber(0, packer)
    packer.bytes(emptyLine)
  } else writer.put(nothing, packer)
  packer.flush()
  return new Uint8Array(Buffer.concat(out))
}
