/**
 * What became of a stream: the frames that came out, and the fault if there was one, in a form that can be compared.
 */
import assert from 'node:assert/strict'
import { CallerError, PeerError } from '../../lib/errors.ts'
import { DONE } from '../../lib/symbols.ts'
import type { Codec, Decoder, DecoderRun } from '../../lib/types.ts'
import { hex, join } from './bytes.ts'

/** An error as plain data: two faults are the same when these are. */
export interface Fault {
  readonly class: string
  readonly code: unknown
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Outcome<F> {
  readonly frames: F[]
  readonly fault: Fault | undefined
  /** Bytes in no frame, with `frames: n`: those of `rest()` and those that were never pushed. */
  readonly rest?: Uint8Array
}

/** A peer's fault as data. Anything else a decoder throws is a bug of ours and fails the test at once. */
export function peerFault(error: unknown): Fault {
  if (!(error instanceof PeerError)) assert.fail(`a decoder may throw only a PeerError, not ${inspect(error)}`)
  return asData(error)
}

/** Our own side's fault as data. */
export function callerFault(error: unknown): Fault {
  if (!(error instanceof CallerError)) assert.fail(`an encoder may throw only a CallerError, not ${inspect(error)}`)
  return asData(error)
}

function inspect(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function asData(error: Error): Fault {
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(error)) fields[key] = value instanceof Uint8Array ? hex(value) : value
  return { class: error.constructor.name, code: fields.code, message: error.message, fields }
}

/**
 * Runs a decoder the way the contract says it is run. The batch is borrowed, so it is emptied after each push; `out` is
 * sometimes a fresh array and sometimes one with frames in it.
 */
export function decode<F>(codec: Codec<F>, batches: readonly Uint8Array[][], run?: DecoderRun): Outcome<F> {
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
    assert.deepEqual(batch.length, chunks.length, 'a batch is borrowed: it must not be changed')
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
  assert.equal(fault, undefined, `the encoder refused a frame: ${fault?.message}`)
  return bytes
}

/** Frames, fault and leftover bytes are all the same. */
export function sameOutcome<F>(actual: Outcome<F>, expected: Outcome<F>, how: string): void {
  sameFrames(actual.frames, expected.frames, how)
  assert.deepEqual(actual.fault, expected.fault, `${how}: another fault`)
  assert.deepEqual(actual.rest, expected.rest, `${how}: another rest`)
}

/** Equal in content and in class: bytes are plain `Uint8Array`s however they came in. */
export function sameFrames<F>(actual: readonly F[], expected: readonly F[], how: string): void {
  const same = actual.length === expected.length && actual.every((frame, index) => sameBytes(frame, expected[index]))
  if (!same) assert.deepEqual(actual, expected, `${how}: other frames`)
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return typeof a === 'string' && a === b
  return a.constructor === b.constructor && Buffer.compare(a, b) === 0
}
