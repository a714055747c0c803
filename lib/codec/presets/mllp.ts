/**
 * MLLP, which carries HL7 v2 messages between hospital systems: a vertical tab, the message, a file separator, a carriage
 * return. HL7 v2 Transport Specification: MLLP, Release 1, section 2.
 *
 *   mllp()   0b 4d 53 48 7c 5e 7e 5c 26 7c 1c 0d      VT MSH|^~\&| FS CR
 *
 * Bytes between two blocks (many senders put a line feed there) mean nothing and are thrown away. The acknowledgements of
 * Release 2 are frames of one byte, 06 or 15.
 */
import { limits } from '../../limits.ts'
import type { Codec } from '../../types.ts'
import { delimiter } from '../delimiter.ts'

export interface MllpOptions {
  /** The largest message in bytes, without the three around it (1 MiB). */
  maxBytes?: number
  /** The most bytes thrown away between two blocks (4 KiB). */
  maxGarbageBytes?: number
}

/**
 * Frames as MLLP blocks.
 *
 * Decoding throws `FrameTooLargeError`, `UnexpectedEndError`, and `MalformedFrameError` for too much between two blocks;
 * encoding throws `FrameOverLimitError`, and `FrameRefusedError` for a message with `1c 0d` in it.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(mllp()), map(acknowledge), encode(mllp()), peer)
 */
export function mllp({ maxBytes = limits.frameBytes, ...garbage }: MllpOptions = {}): Codec<Uint8Array> {
  return delimiter('\x1c\r', { name: 'mllp', begin: '\x0b', maxBytes, ...garbage })
}
