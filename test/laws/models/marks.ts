/**
 * The delimiter framing with all its options, naive: after each byte, what has come is looked at for a mark at its end.
 */
import { FrameOverLimitError, FrameRefusedError, FrameTooLargeError, MalformedFrameError } from '../../../lib/errors.ts'
import type { DelimiterOptions } from '../../../lib/index.ts'
import { join } from '../../../lib/laws/bytes.ts'
import type { Codec } from '../../../lib/types.ts'
import { utf8 } from '../bytes.ts'
import { cutOffError, type Found, type Machine, naive } from './machine.ts'

export type MarksModel = DelimiterOptions & { marks: readonly string[]; begin?: string; maxBytes: number }

const name = 'delimiter'

const endsWith = (bytes: readonly number[], mark: Uint8Array): boolean =>
  bytes.length >= mark.length && mark.every((value, index) => bytes[bytes.length - mark.length + index] === value)

/** The longest mark at the end, for the first byte that completes one is the one that counts. */
function markAtEnd(bytes: readonly number[], marks: readonly Uint8Array[]): number {
  return Math.max(0, ...marks.filter((mark) => endsWith(bytes, mark)).map((mark) => mark.length))
}

export function naiveMarks({ keep = false, maxBytes, skipEmpty = false, ...options }: MarksModel): Codec<Uint8Array> {
  const marks = options.marks.map(utf8)
  const longest = Math.max(...marks.map((mark) => mark.length))
  const begin = utf8(options.begin ?? '')
  const { maxGarbageBytes = 4096 } = options
  const machine = (): Machine<Uint8Array> => {
    let bytes: number[] = []
    let begun = begin.length === 0
    let garbage = 0
    const throwAway = (count: number): void => {
      garbage += count
      bytes = bytes.slice(count)
      if (garbage > maxGarbageBytes) throw new MalformedFrameError(name, 'too much garbage')
    }
    const inGarbage = (): void => {
      begun = endsWith(bytes, begin)
      let kept = Math.min(bytes.length, begin.length)
      while (String(bytes.slice(bytes.length - kept)) !== String([...begin.slice(0, kept)])) kept -= 1
      throwAway(bytes.length - kept)
      if (begun) garbage = 0
    }
    const inFrame = (): Found<Uint8Array> => {
      const payload = bytes.slice(begin.length)
      const mark = markAtEnd(payload, marks)
      const size = keep ? bytes.length : payload.length - mark
      if (mark === 0) {
        const hopeless = keep ? bytes.length >= maxBytes : payload.length >= maxBytes + longest
        if (hopeless) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
        return undefined
      }
      const frame = Uint8Array.from(keep ? bytes : payload.slice(0, size))
      bytes = []
      begun = begin.length === 0
      if (skipEmpty && payload.length === mark) return undefined
      if (size > maxBytes) throw new FrameTooLargeError(name, maxBytes + 1, maxBytes)
      return { frame }
    }
    return {
      byte: (value) => {
        bytes.push(value)
        if (begun) return inFrame()
        inGarbage()
        return undefined
      },
      end: () => {
        if (bytes.length > 0) throw cutOffError(name, begun ? 'payload' : 'header', bytes)
        return undefined
      },
      held: () => bytes.length
    }
  }
  /** A frame is written where reading it gives just this frame with its last byte. */
  const write = (frame: Uint8Array): Uint8Array => {
    if (frame.length > maxBytes) throw new FrameOverLimitError(name, frame.length, maxBytes)
    const wire = keep ? frame : join([begin, frame, marks[0]!])
    const reader = machine()
    const found: (Found<Uint8Array> | number)[] = []
    try {
      for (const [index, value] of wire.entries()) {
        const one = reader.byte(value)
        if (one !== undefined) found.push(index, one)
      }
    } catch (cause) {
      throw new FrameRefusedError(name, 'that cannot be read', { cause })
    }
    const [at, one] = found as [number?, Found<Uint8Array>?]
    if (found.length !== 2 || at !== wire.length - 1 || String(one!.frame) !== String(frame))
      throw new FrameRefusedError(name, 'that would be read as another')
    return wire
  }
  return naive({ name, machine, writer: () => write })
}
