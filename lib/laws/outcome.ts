/**
 * What became of a stream: the frames that came out, and the fault if there was one, in a form that can be compared.
 */
import { isDeepStrictEqual } from 'node:util'
import { CallerError, PeerError } from '../errors.ts'
import { DONE } from '../symbols.ts'
import type { Codec, Decoder, DecoderRun } from '../types.ts'
import { hex, join } from './bytes.ts'
import { onStream } from './counterexample.ts'
import type { Batches } from './cuttings.ts'
import { equal, Mismatch } from './mismatch.ts'
import { show, showFrames } from './show.ts'

/** An error as plain data: two faults are the same when these are. */
export interface Fault {
  readonly class: string
  readonly code: unknown
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Outcome<F> {
  readonly frames: readonly F[]
  readonly fault: Fault | undefined
  /** Bytes in no frame, with `frames: n`: those of `rest()` and those that were never pushed. */
  readonly rest?: Uint8Array
}

/** A peer's fault as data. Anything else that a decoder throws is a bug of the codec. */
export function peerFault(error: unknown): Fault {
  if (error instanceof PeerError) return asData(error)
  throw new Mismatch(`expected a decoder to throw nothing but a PeerError, got ${show(error)}`, { cause: error })
}

/** Our own side's fault as data. */
export function callerFault(error: unknown): Fault {
  if (error instanceof CallerError) return asData(error)
  throw new Mismatch(`expected an encoder to throw nothing but a CallerError, got ${show(error)}`, { cause: error })
}

function asData(error: Error): Fault {
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(error)) fields[key] = value instanceof Uint8Array ? hex(value) : value
  return { class: error.constructor.name, code: fields.code, message: error.message, fields }
}

/** Runs a decoder the way the contract says it is run. */
export function decode<F>(codec: Codec<F>, batches: Batches, run?: DecoderRun): Outcome<F> {
  return onStream(codec, batches, (cut) => runDecoder(codec, cut, run))
}

/** Runs a decoder and compares what comes of it; what is thrown carries the stream. */
export function decodesAs<F>(
  codec: Codec<F>,
  batches: Batches,
  expected: Outcome<F>,
  how: string,
  run?: DecoderRun
): void {
  onStream(codec, batches, (cut) => sameOutcome(runDecoder(codec, cut, run), expected, how))
}

/** The batch is borrowed, so it is emptied after each push; `out` is sometimes fresh and sometimes has frames in it. */
function runDecoder<F>(codec: Codec<F>, batches: Batches, run?: DecoderRun): Outcome<F> {
  const decoder = codec.decoder(run)
  const frames: F[] = []
  let pushed = 0
  try {
    for (const chunks of batches) {
      pushed += 1
      if (pushInto(decoder, chunks, frames, pushed % 2 === 0) !== DONE) continue
      const untouched = batches.slice(pushed).flat()
      return { frames, fault: undefined, rest: join([...decoder.rest(), ...untouched]) }
    }
    decoder.end?.(frames)
    return { frames, fault: undefined }
  } catch (error) {
    if (error instanceof Mismatch) throw error
    return { frames, fault: peerFault(error) }
  }
}

/** One push with a borrowed batch; frames put out before a throw are kept. */
export function pushInto<F>(decoder: Decoder<F>, chunks: readonly Uint8Array[], frames: F[], fresh = false): unknown {
  const batch = [...chunks]
  const out = fresh ? [] : frames
  try {
    return decoder.push(batch, out)
  } finally {
    equal(batch.length, chunks.length, 'chunks in a batch after push(), which only borrows it')
    batch.length = 0
    if (fresh) frames.push(...out)
  }
}

/** The whole stream in one chunk: what every other cutting is compared with. */
export function decodeWhole<F>(codec: Codec<F>, bytes: Uint8Array, run?: DecoderRun): Outcome<F> {
  return decode(codec, [[bytes.slice()]], run)
}

export interface Encoded {
  readonly bytes: Uint8Array
  readonly chunks: Uint8Array[]
  readonly fault: Fault | undefined
}

/** Runs an encoder over batches of frames. */
export function encodeBatches<F>(codec: Codec<F>, batches: readonly (readonly F[])[]): Encoded {
  const encoder = codec.encoder()
  const chunks: Uint8Array[] = []
  let fault: Fault | undefined
  try {
    for (const frames of batches) {
      const batch = [...frames]
      encoder.push(batch, chunks)
      batch.length = 0
    }
    encoder.end?.(chunks)
  } catch (error) {
    fault = callerFault(error)
  }
  return { bytes: join(chunks), chunks, fault }
}

/** The bytes of a list of frames that must be encodable. */
export function encode<F>(codec: Codec<F>, frames: readonly F[]): Uint8Array {
  const { bytes, fault } = encodeBatches(codec, [frames])
  if (fault === undefined) return bytes
  throw new Mismatch(`expected the encoder to take ${showFrames(frames)}; got ${showFault(fault)}`)
}

/** Frames, fault and leftover bytes are all the same. */
export function sameOutcome<F>(seen: Outcome<F>, expected: Outcome<F>, how: string): void {
  const sides = { seen, expected }
  if (!alike(seen.frames, expected.frames))
    throw new Mismatch(otherFrames(seen.frames, expected.frames, how), { sides })
  if (!isDeepStrictEqual(seen.fault, expected.fault)) throw new Mismatch(otherFault(seen, expected, how), { sides })
  equal(seen.rest, expected.rest, `${how}: bytes in no frame`)
}

/** Equal in content and in class: bytes are plain `Uint8Array`s however they came in. */
export function sameFrames<F>(seen: readonly F[], expected: readonly F[], how: string): void {
  if (alike(seen, expected)) return
  const sides = { seen: { frames: seen, fault: undefined }, expected: { frames: expected, fault: undefined } }
  throw new Mismatch(otherFrames(seen, expected, how), { sides })
}

function alike<F>(seen: readonly F[], expected: readonly F[]): boolean {
  return seen.length === expected.length && seen.every((frame, index) => sameFrame(frame, expected[index]))
}

function sameFrame(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.constructor === b.constructor && Buffer.compare(a, b) === 0
  return isDeepStrictEqual(a, b) || isDeepStrictEqual(plain(a), plain(b))
}

/** Objects without a prototype, as `fc.record` makes them, are plain objects. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

function otherFrames(seen: readonly unknown[], expected: readonly unknown[], how: string): string {
  const index = seen.findIndex((frame, at) => !sameFrame(frame, expected[at]))
  if (seen.length !== expected.length)
    return `${how}: expected ${expected.length} ${expected.length === 1 ? 'frame' : 'frames'}, got ${seen.length}`
  return `${how}: expected frame ${index + 1} to be ${show(expected[index])}, got ${show(seen[index])}`
}

function otherFault(seen: Outcome<unknown>, expected: Outcome<unknown>, how: string): string {
  const [is, should] = [showFault(seen.fault), showFault(expected.fault)]
  if (is !== should) return `${how}: expected ${should}, got ${is}`
  return `${how}: expected ${should} with ${show(expected.fault?.fields)}, got ${show(seen.fault?.fields)}`
}

export function showFault(fault: Fault | undefined): string {
  return fault === undefined ? 'no fault' : `${fault.class} (${fault.message})`
}
