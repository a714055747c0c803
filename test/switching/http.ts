/**
 * As much of HTTP/1.1 as its framing: a head up to an empty line says how the body behind it is framed, and behind the
 * body comes the next head, for ever. Frames are heads, bodies, and of chunked bodies the size lines, chunks and trailers.
 */
import { switching } from '../../lib/codec/switching.ts'
import { type Codec, chunked, delimiter, fixed } from '../../lib/index.ts'

type Frames = Codec<Uint8Array>

const head = delimiter('\r\n\r\n', { maxBytes: 16 * 1024 })
const line = delimiter('\r\n')

export const http: Frames = switching(head, (bytes) => {
  const coding = field(bytes, 'transfer-encoding')
  const length = Number(field(bytes, 'content-length') ?? 0)
  if (coding === 'chunked') return due(chunks)
  if (coding === 'x-blocks') return due(switching(chunked(), () => http))
  return length > 0 ? due(switching(fixed(length), () => http)) : undefined
})

/** A line with a size in hex, as many bytes and a line end, again and again; behind size 0 lines up to an empty one. */
const chunks: Frames = switching(line, (bytes) => {
  const size = Number.parseInt(Buffer.from(bytes).toString(), 16)
  return due(size === 0 ? trailers : switching(fixed(size + 2), () => due(chunks)))
})
const trailers: Frames = switching(line, (bytes) => (bytes.byteLength === 0 ? http : undefined))

/** What must follow: between the parts of one request the stream must not end. */
function due(codec: Frames): { codec: Frames; mayEnd: false } {
  return { codec, mayEnd: false }
}

/** What a head says in a field, in small letters. */
export function field(head: Uint8Array, name: string): string | undefined {
  const found = Buffer.from(head)
    .toString('latin1')
    .match(new RegExp(`\r\n${name}: *(.*)`, 'i'))
  return found?.[1]?.toLowerCase()
}
