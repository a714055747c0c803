/**
 * Git's pkt-line: four hexadecimal digits that count themselves; numbers too small for that mean something
 * (gitprotocol-common(5), "pkt-line Format"; gitprotocol-v2(5), "Packet-Line Framing").
 *
 *   pktLine()   30 30 30 36 | 61 0a      0006a LF      frame: a LF
 *               30 30 30 30              0000          frame: { signal: 'flush' }
 *
 * A line feed at the end of a line of text is part of the frame, as it is for git.
 */
import { FrameRefusedError } from '../../errors.ts'
import { wholeNumber } from '../../limits.ts'
import type { Codec } from '../../types.ts'
import { length } from '../length.ts'
import { mapCodec } from '../map-codec.ts'
import type { Signal } from '../signal.ts'

export interface PktLineOptions {
  /** The largest payload in bytes (65,516, which is also the most: 65,520 with the digits). */
  maxBytes?: number
}

/** A line, or what stands between lines: `0000`, `0001`, `0002`. */
export type PktLine = Uint8Array | Signal<'flush' | 'delim' | 'response-end'>

const most = 65_516
const signals = { 0: 'flush', 1: 'delim', 2: 'response-end' } as const

/**
 * Git's lines and signals. An empty line is read and not written: git says not to send one.
 *
 * Decoding throws `FrameTooLargeError`, `MalformedFrameError` (no four digits, `0003`) and `UnexpectedEndError`; encoding
 * throws `FrameOverLimitError`, and `FrameRefusedError` for an empty line.
 *
 * @throws InvalidOptionError
 * @example
 *   const git = dialog(await connect('tcp://127.0.0.1:9418'))
 *   await git.send(pktLine(), Buffer.from('git-upload-pack /project.git\0host=127.0.0.1\0'))
 *   let line = await git.next(pktLine())
 *   for (; line !== undefined && !('signal' in line); line = await git.next(pktLine())) refs.push(line)
 */
export function pktLine({ maxBytes = most }: PktLineOptions = {}): Codec<PktLine> {
  const field = { ascii: 'hex', digits: 4 } as const
  const largest = Math.min(wholeNumber('maxBytes', maxBytes), most)
  const lines = length({ name: 'pkt-line', prefix: field, counts: 'itself', signals, maxBytes: largest })
  return mapCodec<PktLine, PktLine>(lines, lines.name, {
    read: (line) => line,
    write(line) {
      if ('byteLength' in line && line.byteLength === 0) throw new FrameRefusedError(lines.name, 'that is empty')
      return line
    }
  })
}
