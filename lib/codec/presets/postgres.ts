/**
 * PostgreSQL's protocol, version 3: a type of one byte, then four bytes that count themselves but not the type
 * (PostgreSQL, "Message Formats"). The first messages of a client have no type ("Start-up"):
 *
 *   postgres()          51 00 00 00 0d | 73 65 6c 65 63 74 20 31 00      { header: 'Q', payload: select 1 NUL }
 *   postgresStartup()   00 00 00 08 04 d2 16 2f |                        { header: 80877103, payload: }, an SSLRequest
 *
 * SSLRequest and GSSENCRequest are answered by one byte without a frame, which `dialog` reads: `read(1)`.
 */
import { FrameRefusedError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Codec } from '../../types.ts'
import { length } from '../length.ts'
import type { HeadedFrame, HeaderFormat } from '../length-layout.ts'

export interface PostgresOptions {
  /** The largest payload in bytes (1 MiB; of a start-up message 9,996, as PostgreSQL itself has it). */
  maxBytes?: number
}

/** What the messages in front of the first one with a type ask for: the number behind their length. */
export const startupCodes = { version3: 0x30000, ssl: 80877103, gssEncryption: 80877104, cancel: 80877102 } as const

const type: HeaderFormat<string> = {
  read: (bytes, at) => String.fromCharCode(bytes[at] as number),
  write(letter, into, at) {
    const code = letter.charCodeAt(0)
    if (letter.length !== 1 || code > 0xff) throw new FrameRefusedError('postgres', 'whose type is not one byte')
    into[at] = code
  }
}

const code: HeaderFormat<number> = {
  read: (bytes, _at, behind) => viewOf(bytes).getInt32(behind),
  write(number, into, _at, behind) {
    if ((number | 0) !== number) throw new FrameRefusedError('postgres', 'whose code is not 32 bits')
    viewOf(into).setInt32(behind, number)
  }
}

/**
 * Messages of either side behind the start-up; the header is the type, one character.
 *
 * Decoding throws `FrameTooLargeError`, `MalformedFrameError` (a length of less than 4) and `UnexpectedEndError`; encoding
 * throws `FrameOverLimitError`, and `FrameRefusedError` for a type that is not one byte.
 *
 * @throws InvalidOptionError
 * @example pipe(ready, decode(postgres()), flatMap(({ header, payload }) => answer(header, payload)), encode(postgres()), ready)
 */
export function postgres({ maxBytes = limits.frameBytes }: PostgresOptions = {}): Codec<HeadedFrame<string>> {
  return length({ name: 'postgres', offset: 1, prefix: 4, signed: true, counts: 'itself', header: type, maxBytes })
}

/**
 * A client's first messages, those without a type; the header is one of `startupCodes`, or another version.
 *
 * Decoding and encoding throw as those of `postgres`; here a length of less than 8 is malformed.
 *
 * @throws InvalidOptionError
 * @example
 *   // What stands behind an SSLRequest already would be taken for what came encrypted.
 *   const first = await login.next(postgresStartup(), { unread: 'reject' })
 *   if (first?.header === startupCodes.ssl) await login.write(Buffer.from('N'))
 */
export function postgresStartup({ maxBytes = 9996 }: PostgresOptions = {}): Codec<HeadedFrame<number>> {
  return length({
    name: 'postgres startup',
    prefix: 4,
    signed: true,
    after: 4,
    counts: 'itself',
    header: code,
    maxBytes
  })
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
