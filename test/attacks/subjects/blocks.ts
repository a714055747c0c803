/** An echo of frames; the first byte of a connection says by which length: `4` or `8` bytes, or a netstring (`n`). */

import { netstring } from '../../../lib/codec/presets/netstring.ts'
import { type Codec, decode, encode, length, pipe, type Source } from '../../../lib/index.ts'
import type { Subject } from '../framework/subject.ts'

const maxBytes = 1024 * 1024
const codecs: Record<string, Codec<Uint8Array>> = {
  '4': length({ prefix: 4, maxBytes }),
  '8': length({ prefix: 8, maxBytes }),
  n: netstring({ maxBytes })
}

async function* echoed(source: Source<Uint8Array>): Source<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  const { value: first = [] } = (await iterator.next()) as { value?: Uint8Array[] }
  const codec = codecs[String.fromCharCode(first[0]?.[0] ?? 0)]
  if (codec === undefined) throw new Error('no such codec')
  async function* rest(): Source<Uint8Array> {
    yield first.map((bytes, index) => (index === 0 ? bytes.subarray(1) : bytes))
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  try {
    yield* pipe(rest(), decode(codec), encode(codec))
  } finally {
    await iterator.return?.()
  }
}

export const subject: Subject = {
  server: { name: 'blocks', endpoints: [], open: () => (peer) => pipe(peer, echoed, peer) }
}
