/** Decoders alone in a process: streams cut at every place, and how long the smallest pieces take. */
import { type Codec, chunked, cobs, delimiter, length, slip } from '../../lib/index.ts'
import { answerParent } from './framework/remote.ts'

const maxBytes = 4 * 1024 * 1024
const codecs: Record<string, Codec<Uint8Array>> = {
  delimiter: delimiter('?', { keep: true, maxBytes }),
  'delimiter, two bytes': delimiter('\r\n', { maxBytes }),
  length: length({ prefix: 4, maxBytes }),
  chunked: chunked(),
  slip: slip({ maxBytes }),
  cobs: cobs({ maxBytes })
}

function framed(codec: Codec<Uint8Array>, frames: Uint8Array[]): Buffer {
  const out: Uint8Array[] = []
  const step = codec.encoder()
  step.push(frames, out)
  step.end?.(out)
  return Buffer.concat(out)
}

function decoded(codec: Codec<Uint8Array>, pieces: Iterable<Uint8Array>, batchSize = 1): Uint8Array[] {
  const out: Uint8Array[] = []
  const step = codec.decoder()
  let batch: Uint8Array[] = []
  for (const piece of pieces) {
    batch.push(piece)
    if (batch.length < batchSize) continue
    step.push(batch, out)
    batch = []
  }
  step.push(batch, out)
  step.end?.(out)
  return out
}

/** As text, so that two lists of frames can be compared at once. */
const shown = (frames: readonly Uint8Array[]): string =>
  frames.map((frame) => Buffer.from(frame).toString('hex')).join(' ')

function* cutInto(bytes: Buffer, isCut: (at: number) => boolean): Generator<Uint8Array> {
  let from = 0
  for (let at = 1; at <= bytes.length; at++) {
    if (at < bytes.length && !isCut(at)) continue
    yield bytes.subarray(from, at)
    from = at
  }
}

function frame(codec: string, size: number): Uint8Array {
  return Buffer.alloc(size, 'x').fill(codec === 'delimiter' ? '?' : 'x', size - 1)
}

answerParent({
  names: () => Object.keys(codecs),

  /** Random partitions of a stream of frames, and all of a short one: how many gave other frames than the whole stream. */
  partitions({ name, seed, count }: { name: string; seed: number; count: number }) {
    let state = seed
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32
    }
    const codec = codecs[name] as Codec<Uint8Array>
    let wrong = 0
    const frames = Array.from({ length: 8 }, (_, index) => frame(name, 1 + index * 7))
    const stream = framed(codec, frames)
    const whole = shown(decoded(codec, [stream]))
    if (whole !== shown(frames)) wrong++
    for (let round = 0; round < count; round++) {
      const share = random()
      if (
        shown(
          decoded(
            codec,
            cutInto(stream, () => random() < share)
          )
        ) !== whole
      )
        wrong++
    }
    const short = framed(codec, [frame(name, 2), frame(name, 1), frame(name, 3)]).subarray(0, 14)
    const step = (pieces: Iterable<Uint8Array>): string => {
      const out: Uint8Array[] = []
      const decoder = codec.decoder()
      for (const piece of pieces) decoder.push([piece], out)
      return shown(out)
    }
    const sample = step([short])
    const places = short.length - 1
    for (let bits = 0; bits < 2 ** places; bits++) {
      if (step(cutInto(short, (at) => (bits & (1 << (at - 1))) !== 0)) !== sample) wrong++
    }
    return { wrong, partitions: count + 2 ** places }
  },

  /** The calibration: keeps every piece, looks for a mark in each, and joins them once. In ms of the processor. */
  plain({ bytes, rounds }: { bytes: number; rounds: number }) {
    const pieces = [...cutInto(Buffer.alloc(bytes, 'x').fill('?', bytes - 1), () => true)]
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      const from = process.cpuUsage()
      const kept: Uint8Array[] = []
      for (const piece of pieces) {
        kept.push(piece)
        if (piece.indexOf(0x3f) >= 0 && Buffer.concat(kept).length !== bytes) throw new Error('no frame')
      }
      const { user, system } = process.cpuUsage(from)
      best = Math.min(best, (user + system) / 1000)
    }
    return best
  },

  /** The best of some rounds: a frame of so many bytes that comes in pieces, 16 in a batch, in ms of the processor. */
  speed({ name, bytes, piece, rounds }: { name: string; bytes: number; piece: number; rounds: number }) {
    const codec = codecs[name] as Codec<Uint8Array>
    const stream = framed(codec, [frame(name, bytes)])
    const pieces = [...cutInto(stream, (at) => at % piece === 0)]
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      const from = process.cpuUsage()
      const [only] = decoded(codec, pieces, 16)
      const { user, system } = process.cpuUsage(from)
      if (only?.length === 0) throw new Error('no frame')
      best = Math.min(best, (user + system) / 1000)
    }
    return best
  }
})
