/**
 * What the decoders are fed: frames of 32 bytes in each framing, made without our encoders, in chunks of 64 KiB. The first
 * chunk is short, so that frames lie across borders even where their size divides the chunks.
 */

export interface Corpus {
  readonly chunks: readonly Uint8Array[]
  readonly frames: number
  /** Bytes of all frames without what frames them. */
  readonly bytes: number
}

export type Framing = 'fixed' | 'delimiter' | 'length' | 'varint' | 'chunked' | 'whole'

const frameBytes = 32
const chunkBytes = 64 * 1024
const shortBytes = 1_234
/** Whole messages, as close and half-close have them. */
const wholeBytes = 1024 * 1024
const size = Buffer.from([0, 0, 0, frameBytes])

/** Printable, and none of it a newline. */
const payload = Buffer.from(Array.from({ length: frameBytes }, (_, index) => 97 + (index % 26)))

const frame: Record<Exclude<Framing, 'whole'>, Buffer> = {
  fixed: payload,
  delimiter: Buffer.concat([payload, Buffer.from('\n')]),
  length: Buffer.concat([size, payload]),
  varint: Buffer.concat([Buffer.from([frameBytes]), payload]),
  chunked: Buffer.concat([size, payload, Buffer.alloc(4)])
}

/** About 4 MiB of whole frames, or one whole message. */
export function corpus(framing: Framing): Corpus {
  if (framing === 'whole') return { chunks: chunksOf(Buffer.alloc(wholeBytes, payload)), frames: 1, bytes: wholeBytes }
  const frames = Math.floor((64 * chunkBytes) / frame[framing].length)
  return {
    chunks: chunksOf(Buffer.alloc(frames * frame[framing].length, frame[framing])),
    frames,
    bytes: frames * frameBytes
  }
}

/** Each chunk stands in memory of its own, as it would come from a socket. */
export function chunksOf(bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let from = 0, to = shortBytes; from < bytes.length; from = to, to += chunkBytes) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(to, bytes.length) - from)
    chunk.set(bytes.subarray(from, to))
    chunks.push(chunk)
  }
  return chunks
}
