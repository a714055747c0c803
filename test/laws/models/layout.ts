/**
 * The length framing with all its options, naive: with every byte, the frame so far is read again from its first byte on.
 */
import { FrameOverLimitError, FrameRefusedError, FrameTooLargeError, MalformedFrameError } from '../../../lib/errors.ts'
import type { FromHeader, HeadedFrame, LayoutOptions, LengthOptions, Signal } from '../../../lib/index.ts'
import { hex, join } from '../../../lib/laws/bytes.ts'
import type { Codec } from '../../../lib/types.ts'
import { cutOffError, type Machine, naive } from './machine.ts'
import { binary, bytesOf, type NaiveNumber, numberOf } from './numbers.ts'

/** What the first bytes of a frame say. */
export interface Head {
  readonly signal: string | undefined
  readonly value: number
  readonly behind: number
  readonly payloadAt: number
  readonly payload: number
  readonly trailer: number
}

/** The header of one frame; `needs` says how long it is at least, where that is known. */
export type ReadHead = { head: Head } | { head: undefined; needs: number | undefined }

const name = 'length'

export function headReader(options: LayoutOptions): (bytes: readonly number[]) => ReadHead {
  const { escape: escaping = {}, signals = {}, after = 0, trailer = 0, counts = 'payload' } = options
  const number = numberOf(options)
  const { constant, offset } = offsetOf(options)
  const countable = number.size !== undefined && Object.keys(escaping).length === 0
  return (bytes) => {
    const wait = (needs: number): ReadHead => ({ head: undefined, needs: countable ? needs : undefined })
    const first = bytes.length > offset ? number.read(bytes.slice(offset)) : undefined
    if (first === undefined) return wait(offset + number.size!)
    if (hex(Uint8Array.from(bytes.slice(0, constant.length))) !== hex(Uint8Array.from(constant)))
      throw new MalformedFrameError(name, 'another beginning')
    let { value } = first
    let behind = offset + first.size
    const signal = signals[String(value)]
    if (signal !== undefined) return { head: { signal, value, behind, payloadAt: behind, payload: 0, trailer: 0 } }
    const width = escaping[String(value)]
    if (width !== undefined) {
      const wide = binary(width, options.endian ?? 'big', false, width * 8).read(bytes.slice(behind))
      if (wide === undefined) return wait(behind + width)
      value = wide.value
      behind += width
    }
    const ask = (rule: number | FromHeader<number>): number =>
      typeof rule === 'number' ? rule : rule(Uint8Array.from(bytes), 0, behind)
    const payloadAt = behind + ask(after)
    if (bytes.length < payloadAt) return wait(payloadAt)
    const trail = typeof trailer === 'string' || trailer instanceof Uint8Array ? bytesOf(trailer).length : ask(trailer)
    const payload = value - counted(counts, { offset, behind, around: payloadAt - behind + trail })
    if (payload < 0) throw new MalformedFrameError(name, `a length of ${value}`)
    return { head: { signal: undefined, value: first.value, behind, payloadAt, payload, trailer: trail } }
  }
}

function counted(
  counts: NonNullable<LayoutOptions['counts']>,
  { offset, behind, around }: { offset: number; behind: number; around: number }
): number {
  if (counts === 'payload') return 0
  if (counts === 'itself') return behind - offset + around
  return counts === 'frame' ? behind + around : around - counts
}

function offsetOf({ offset = 0 }: LayoutOptions): { constant: number[]; offset: number } {
  const constant = typeof offset === 'number' ? [] : bytesOf(offset)
  return { constant, offset: typeof offset === 'number' ? offset : constant.length }
}

export function verifyTrailer(
  { trailer }: LayoutOptions,
  bytes: readonly number[],
  { payloadAt, payload }: Head
): void {
  if (typeof trailer !== 'string' && !(trailer instanceof Uint8Array)) return
  if (String(bytes.slice(payloadAt + payload)) !== String(bytesOf(trailer)))
    throw new MalformedFrameError(name, 'another trailer')
}

/** The bytes in front of a payload: the first way to write the number that says what it must. */
export function headBytes(options: LayoutOptions, payload: number, header?: unknown): number[] {
  const { escape: escaping = {}, signals = {}, counts = 'payload', after = 0, trailer = 0, endian = 'big' } = options
  const { constant, offset } = offsetOf(options)
  const number = numberOf(options)
  const trail = typeof trailer === 'number' ? trailer : typeof trailer === 'function' ? 0 : bytesOf(trailer).length
  const behindIt = typeof after === 'number' ? after : 0
  const escapes = Object.entries(escaping).sort(([, a], [, b]) => a - b)
  const smallestEscape = Math.min(
    ...escapes.map(([code]) => (Number(code) < 0 ? Number.POSITIVE_INFINITY : Number(code)))
  )
  const ways: [code: number[], way: NaiveNumber, plain: boolean][] = [
    [[], number, true],
    ...escapes.map(
      ([code, width]) =>
        [number.write(Number(code))!, binary(width, endian, false, width * 8), false] as [
          number[],
          NaiveNumber,
          boolean
        ]
    )
  ]
  for (const [code, way, plain] of ways) {
    for (let width = 1; width <= 80; width += 1) {
      const behind = offset + code.length + width
      const value = payload + counted(counts, { offset, behind, around: behindIt + trail })
      const bytes = value < 0 ? undefined : way.write(value, header)
      if (bytes?.length !== width || (plain && (value >= smallestEscape || signals[String(value)] !== undefined)))
        continue
      const front = constant.length > 0 ? constant : Array.from({ length: offset }, () => 0)
      return [...front, ...code, ...bytes, ...Array.from({ length: behindIt }, () => 0)]
    }
  }
  throw new FrameRefusedError(name, `of ${payload} bytes, which cannot be said`)
}

/** What the naive codec writes behind a payload. */
export function trailerBytes({ trailer = 0 }: LayoutOptions): Uint8Array {
  if (typeof trailer === 'function') return new Uint8Array(0)
  return typeof trailer === 'number' ? new Uint8Array(trailer) : Uint8Array.from(bytesOf(trailer))
}

/** The limits of the model are its own: `maxBytes` must be one that the number can say. */
export function naiveLayout(options: LengthOptions & { maxBytes: number }): Codec<unknown> {
  const { header = 'strip', maxBytes } = options
  const read = headReader(options)
  const machine = (): Machine<unknown> => {
    let bytes: number[] = []
    return {
      byte: (value) => {
        bytes.push(value)
        const { head } = read(bytes)
        if (head === undefined) return undefined
        const from = header === 'keep' ? 0 : head.payloadAt
        const payloadEnd = head.payloadAt + head.payload
        if (head.signal === undefined && payloadEnd - from > maxBytes)
          throw new FrameTooLargeError(name, payloadEnd - from, maxBytes)
        if (bytes.length < payloadEnd + head.trailer) return undefined
        if (head.signal === undefined) verifyTrailer(options, bytes, head)
        const all = Uint8Array.from(bytes)
        bytes = []
        if (head.signal !== undefined) return { frame: { signal: head.signal } }
        const payload = all.slice(from, payloadEnd)
        return { frame: typeof header === 'object' ? { header: header.read(all, 0, head.behind), payload } : payload }
      },
      end: () => {
        if (bytes.length === 0) return undefined
        const found = read(bytes)
        if (found.head === undefined) throw cutOffError(name, 'header', bytes, found.needs)
        const { payloadAt, payload, trailer } = found.head
        const phase = bytes.length < payloadAt + payload ? 'payload' : 'trailer'
        throw cutOffError(name, phase, bytes, payloadAt + payload + trailer)
      },
      held: () => bytes.length
    }
  }
  return naive({ name, machine, writer: () => (frame) => writeFrame(options, frame) })
}

function writeFrame(options: LengthOptions & { maxBytes: number }, frame: unknown): Uint8Array {
  const { header = 'strip', maxBytes, signals = {} } = options
  const { signal } = frame as Signal
  if (signal !== undefined) {
    const value = Object.keys(signals).find((key) => signals[key] === signal)
    if (value === undefined) throw new FrameRefusedError(name, `that signals ${signal}`)
    const { constant, offset } = offsetOf(options)
    const front = constant.length > 0 ? constant : new Array<number>(offset).fill(0)
    return Uint8Array.from([...front, ...numberOf(options).write(Number(value))!])
  }
  const payload =
    header === 'strip' || header === 'keep' ? (frame as Uint8Array) : (frame as HeadedFrame<unknown>).payload
  if (payload.length > maxBytes) throw new FrameOverLimitError(name, payload.length, maxBytes)
  if (header === 'keep') return join([keptFrame(options, payload), trailerBytes(options)])
  const said = typeof header === 'object' ? (frame as HeadedFrame<unknown>).header : undefined
  const { after = 0, trailer } = options
  const front = headBytes(options, payload.length, said)
  const behind = front.length - (typeof after === 'number' ? after : 0)
  const head = Uint8Array.from([...front, ...new Array<number>(64).fill(0)])
  if (typeof header === 'object') header.write(said, head, 0, behind)
  const size = behind + (typeof after === 'number' ? after : after(head, 0, behind))
  const padding = typeof trailer === 'function' ? new Uint8Array(trailer(head, 0, behind)) : trailerBytes(options)
  return join([head.subarray(0, size), payload, padding])
}

/** A frame with its header: it must say what is there. */
function keptFrame(options: LayoutOptions, frame: Uint8Array): Uint8Array {
  try {
    const { head } = headReader(options)([...frame])
    if (head?.signal === undefined && head && head.payloadAt + head.payload === frame.length) return frame
  } catch (cause) {
    throw new FrameRefusedError(name, 'with a wrong header', { cause })
  }
  throw new FrameRefusedError(name, 'whose header says something else')
}
