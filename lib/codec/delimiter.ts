/**
 * Delimiter: a mark of one or more bytes ends every frame.
 *
 *   delimiter('\n')                          68 65 6c 6c 6f 0a            frame: hello
 *   delimiter('?', { keep: true })           57 68 79 3f                  frame: Why?
 *   delimiter(['\r\n', '\n'])                68 69 0d 0a 68 6f 0a         frames: hi, ho
 *   delimiter('\x1c\r', { begin: '\x0b' })   0b 68 69 1c 0d               frame: hi
 *
 * Every byte is searched once however the bytes were cut. The encoder refuses a payload in which a reader would find a
 * mark: that is how frames get injected. Framings that escape the mark instead are `slip`, `cobs` and `dotStuffed`.
 */
import { FrameOverLimitError, FrameRefusedError, InvalidOptionError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import { knownOptions } from '../options-known.ts'
import type { Codec } from '../types.ts'
import { DelimiterFramer, type DelimiterRules } from './delimiter-framer.ts'
import { delimiterText } from './delimiter-text.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { frameEncoder, requireBytes } from './frame-encoder.ts'
import { joinedBytes } from './large-frame.ts'
import { bytesOfMark, Marks } from './marks.ts'

export interface DelimiterOptions {
  /** How errors speak of the codec (`delimiter(...)`). */
  name?: string
  /** Whether frames carry their marks (false). */
  keep?: boolean
  /** The largest frame in bytes as it is given out (4 KiB). */
  maxBytes?: number
  /** A mark that stands in front of every frame; what else stands there is garbage and thrown away (none). */
  begin?: string | Uint8Array
  /** The most bytes of garbage between two frames (4 KiB). */
  maxGarbageBytes?: number
  /** Whether a frame of no bytes is no frame: blank lines, two marks in a row (false). */
  skipEmpty?: boolean
}

/**
 * Frames that end in a mark (text is taken as UTF-8), or in any of several: the one that is complete first, and of two
 * complete with the same byte the longer one. The first of them is the one written.
 *
 * Decoding throws `FrameTooLargeError`, `UnexpectedEndError`, and `MalformedFrameError` for too much garbage; encoding
 * throws `FrameOverLimitError`, and `FrameRefusedError` for a payload with a mark in it, with `keep` for a frame that
 * does not end in one, with `skipEmpty` for an empty one.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(text(delimiter(['\r\n', '\n']))), map(reply), encode(text(delimiter('\r\n'))), peer)
 */
export function delimiter(
  mark: string | Uint8Array | readonly (string | Uint8Array)[],
  options: DelimiterOptions = {}
): Codec<Uint8Array> {
  knownOptions('delimiter', options, ['name', 'keep', 'maxBytes', 'begin', 'maxGarbageBytes', 'skipEmpty'])
  const { keep = false, maxBytes = limits.delimitedBytes, skipEmpty = false } = options
  const { maxGarbageBytes = limits.delimitedBytes } = options
  if (typeof mark !== 'string' && !(mark instanceof Uint8Array) && !Array.isArray(mark)) {
    throw new InvalidOptionError('delimiter', mark, 'text, bytes, or several of them')
  }
  const given = typeof mark === 'string' || mark instanceof Uint8Array ? [mark] : mark
  const marks = new Marks('delimiter', given)
  const begin = options.begin === undefined ? undefined : bytesOfMark('begin', options.begin)
  wholeNumber('maxBytes', maxBytes, keep ? marks.longest + (begin?.byteLength ?? 0) : 1)
  wholeNumber('maxGarbageBytes', maxGarbageBytes, 0)
  const shown = given.map((one) => JSON.stringify(typeof one === 'string' ? one : Buffer.from(one).toString('hex')))
  const { name = `delimiter(${shown.join(' or ')})` } = options
  const rules: DelimiterRules = { name, marks, begin, maxGarbageBytes, keep, skipEmpty, maxBytes }
  const written = marks.all[0] as Uint8Array
  const codec: Codec<Uint8Array> = {
    name,
    decoder: (run) => new FrameDecoder(new DelimiterFramer(rules, joinedBytes(maxBytes, run)), run),
    encoder: () =>
      frameEncoder((frame: Uint8Array, packer) => {
        requireBytes(name, frame)
        check(rules, frame)
        if (begin !== undefined && !keep) packer.bytes(begin)
        packer.bytes(frame)
        if (!keep) packer.bytes(written)
      })
  }
  const asText = delimiterText(rules, codec)
  return asText === undefined ? codec : { ...codec, asText }
}

/** Whether a reader would find exactly this frame. */
function check({ name, marks, begin, keep, skipEmpty, maxBytes }: DelimiterRules, frame: Uint8Array): void {
  const size = frame.byteLength
  if (size > maxBytes) throw new FrameOverLimitError(name, size, maxBytes)
  const from = keep && begin !== undefined ? begin.byteLength : 0
  if (from > 0 && Buffer.compare(frame.subarray(0, from), begin as Uint8Array) !== 0) {
    throw new FrameRefusedError(name, 'without the begin mark at its beginning')
  }
  const end = keep ? marks.endOfFirst(frame, from, size) : endOfWritten(marks, frame)
  if (keep && end < 0) throw new FrameRefusedError(name, 'without the delimiter at its end')
  if (keep ? end !== size : end >= 0)
    throw new FrameRefusedError(name, `with the delimiter inside, in front of byte ${end}`)
  const empty = keep ? from + marks.sizeBefore(frame, from, size) === size : size === 0
  if (skipEmpty && empty) throw new FrameRefusedError(name, 'that is empty: it would not be read')
}

/** Where a mark ends that a reader finds sooner than the one written, or that takes a part of the frame; -1 for none. */
function endOfWritten(marks: Marks, frame: Uint8Array): number {
  const size = frame.byteLength
  const inside = marks.endOfFirst(frame, 0, size)
  if (inside >= 0 || marks.longest === 1) return inside
  const mark = marks.all[0] as Uint8Array
  const tail = frame.subarray(Math.max(0, size - marks.longest + 1))
  const border = new Uint8Array(tail.byteLength + mark.byteLength)
  border.set(tail)
  border.set(mark, tail.byteLength)
  const end = marks.endOfFirst(border, 0, border.byteLength)
  const exact = end === border.byteLength && marks.sizeBefore(border, 0, end) === mark.byteLength
  return exact ? -1 : size - tail.byteLength + end
}
