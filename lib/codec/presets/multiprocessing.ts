/**
 * Python's `multiprocessing.connection`: four bytes, big endian and signed, in front of every message; where those are
 * too few, -1 and then eight (CPython, Lib/multiprocessing/connection.py, `Connection._send_bytes`).
 *
 *   multiprocessing()   00 00 00 05 | 68 65 6c 6c 6f                 send_bytes(b'hello')
 *                       ff ff ff ff 00 00 00 00 80 00 00 00 | ...    send_bytes of 2 GiB
 *
 * What `send` puts into a message is a pickle: unpickling runs what its sender likes. `authkey` is a dialog of messages.
 */
import { limits } from '../../limits.ts'
import type { Codec } from '../../types.ts'
import { length } from '../length.ts'

export interface MultiprocessingOptions {
  /** The largest message in bytes (1 MiB). */
  maxBytes?: number
}

/**
 * Messages of `send_bytes` and `recv_bytes`.
 *
 * Decoding throws `FrameTooLargeError`, `MalformedFrameError` (a negative length but -1) and `UnexpectedEndError`;
 * encoding throws `FrameOverLimitError`.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(multiprocessing()), map(work), encode(multiprocessing()), peer)
 */
export function multiprocessing({ maxBytes = limits.frameBytes }: MultiprocessingOptions = {}): Codec<Uint8Array> {
  return length({ name: 'multiprocessing', prefix: 4, signed: true, escape: { '-1': 8 }, maxBytes })
}
