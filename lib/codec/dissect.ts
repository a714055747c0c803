/**
 * Takes a stream of bytes apart the way a codec reads it: which bytes are which frame, and which part of it.
 *
 * Frames are found with `decoder({ frames: 1 })` and `rest()`. Parts are asked for: when the stream ends after k bytes of a
 * frame, the error's `phase` is the part of the byte that was missing, so it is the part of byte k (counted from 0). Two
 * things no error tells: the part of the first byte (an end in front of it is clean), and a delimiter (until it came, it
 * could have been payload). For these another byte is put in the place, to see what would have become of the frame.
 *
 * Every prefix of a frame is decoded, so the work grows with the square of a frame: it is for looking at, not for traffic.
 * A broken codec is taken apart like any other, as far as it goes.
 */
import { type FramePhase, FrameTooLargeError, UnexpectedEndError } from '../errors.ts'
import { DONE } from '../symbols.ts'
import type { Codec } from '../types.ts'

/** Neighbouring bytes of one part of one frame. */
export interface Piece {
  readonly from: number
  readonly to: number
  /** Which frame of the stream, from 1; undefined behind a fault, where nothing is read any more. */
  readonly frame: number | undefined
  readonly phase: FramePhase | undefined
}

/** Something to be said of the place behind byte `at - 1`. */
export interface Remark {
  readonly at: number
  readonly text: string
}

export interface Dissection {
  readonly pieces: Piece[]
  readonly remarks: Remark[]
}

/** What stands at the beginning of some bytes. */
interface Found {
  readonly kind: 'whole' | 'unfinished' | 'fault' | 'unknown'
  readonly size: number
  readonly error?: unknown
}

/** @param goesOn more bytes follow that are not looked at, so that the end of these is no end */
export function dissect<F>(codec: Codec<F>, bytes: Uint8Array, goesOn = false): Dissection {
  const pieces: Piece[] = []
  const remarks: Remark[] = []
  let frame = 1
  for (let at = 0; at < bytes.byteLength; frame++) {
    const left = bytes.subarray(at)
    const { kind, size, error } = firstFrame(codec, left, goesOn)
    const phases = phasesOf(codec, left.subarray(0, size), kind === 'whole')
    for (let from = 0; from < size; ) {
      let to = from + 1
      while (to < size && phases[to] === phases[from]) to++
      pieces.push({ from: at + from, to: at + to, frame, phase: phases[from] })
      from = to
    }
    at += size
    if (kind === 'whole' || kind === 'unknown') continue
    if (kind === 'unfinished') remarks.push({ at, text: missing(error as UnexpectedEndError, frame) })
    else {
      const place = size < left.byteLength || pushFaults(codec, left) ? `at byte ${at - 1}` : 'at the end'
      remarks.push({ at, text: `${place}: ${said(error)}` })
      if (at < bytes.byteLength) pieces.push({ from: at, to: bytes.byteLength, frame: undefined, phase: undefined })
    }
    break
  }
  return { pieces, remarks }
}

function missing({ phase, had, needed }: UnexpectedEndError, frame: number): string {
  const count = needed === undefined ? `${had}` : `${had} of ${needed}`
  return `the stream ends here, in the ${phase} of frame ${frame}: ${count} ${had === 1 && !needed ? 'byte' : 'bytes'} came`
}

/** The codecs' own errors name the codec; any other error is named itself, for it should not be there. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'codec' in error ? error.message : `${error.name}: ${error.message}`
}

function firstFrame<F>(codec: Codec<F>, left: Uint8Array, goesOn: boolean): Found {
  const decoder = codec.decoder({ frames: 1 })
  const out: F[] = []
  try {
    if (decoder.push([left], out) === DONE) {
      const size = left.byteLength - decoder.rest().reduce((sum, chunk) => sum + chunk.byteLength, 0)
      return { kind: 'whole', size: size > 0 ? size : left.byteLength }
    }
    if (out.length > 0) return { kind: 'whole', size: sizeByteByByte(codec, left) }
    if (goesOn) return { kind: 'unknown', size: left.byteLength }
    decoder.end?.(out)
    return { kind: out.length > 0 ? 'whole' : 'unknown', size: left.byteLength }
  } catch (error) {
    if (out.length > 0) return { kind: 'whole', size: sizeByteByByte(codec, left) }
    if (error instanceof UnexpectedEndError) return { kind: 'unfinished', size: left.byteLength, error }
    return { kind: 'fault', size: sizeByteByByte(codec, left), error }
  }
}

/** How many bytes a decoder takes one by one until there is a frame or a fault. */
function sizeByteByByte<F>(codec: Codec<F>, left: Uint8Array): number {
  const decoder = codec.decoder({ frames: 1 })
  const out: F[] = []
  for (let at = 0; at < left.byteLength; at++) {
    try {
      if (decoder.push([left.slice(at, at + 1)], out) === DONE || out.length > 0) return at + 1
    } catch {
      return at + 1
    }
  }
  return left.byteLength
}

function pushFaults<F>(codec: Codec<F>, bytes: Uint8Array): boolean {
  try {
    codec.decoder({ frames: 1 }).push([bytes], [])
    return false
  } catch {
    return true
  }
}

function phasesOf<F>(codec: Codec<F>, bytes: Uint8Array, whole: boolean): FramePhase[] {
  const phases: FramePhase[] = []
  for (let k = 1; k < bytes.byteLength; k++) phases[k] = cutOff(codec, bytes.subarray(0, k))?.phase ?? 'payload'
  phases[0] = firstPhase(codec, bytes.subarray(0, 1))
  if (!whole) return phases
  for (let k = bytes.byteLength - 1; k >= 0 && phases[k] === 'payload' && endsFrame(codec, bytes, k); k--) {
    phases[k] = 'trailer'
  }
  return phases
}

/** A frame's first byte is header where another one in its place would change what is missing behind it. */
function firstPhase<F>(codec: Codec<F>, first: Uint8Array): FramePhase {
  if (codec.endIsFrame === true) return 'payload'
  const other = Uint8Array.of((first[0] as number) ^ 1)
  if (pushFaults(codec, first) || pushFaults(codec, other)) return 'header'
  const now = cutOff(codec, first)
  const then = cutOff(codec, other)
  if (now?.phase === 'header') return 'header'
  if (now === undefined) return then?.needed === undefined ? 'payload' : 'header'
  return now.phase === then?.phase && now.needed === then.needed ? 'payload' : 'header'
}

/** A byte is of the delimiter where another one in its place leaves the frame open. */
function endsFrame<F>(codec: Codec<F>, bytes: Uint8Array, index: number): boolean {
  if (codec.endIsFrame === true) return false
  const changed = new Uint8Array(bytes) // not `slice`, which for a Buffer is no copy
  changed[index] = (changed[index] as number) ^ 1
  const error = faultOf(codec, changed)
  if (error instanceof UnexpectedEndError) return error.needed === undefined
  return error instanceof FrameTooLargeError
}

function cutOff<F>(codec: Codec<F>, bytes: Uint8Array): UnexpectedEndError | undefined {
  const error = faultOf(codec, bytes)
  return error instanceof UnexpectedEndError ? error : undefined
}

/** What a stream of just these bytes ends with. */
function faultOf<F>(codec: Codec<F>, bytes: Uint8Array): unknown {
  try {
    const decoder = codec.decoder({ frames: 1 })
    const out: F[] = []
    if (decoder.push([bytes], out) !== DONE) decoder.end?.(out)
    return undefined
  } catch (error) {
    return error
  }
}
