/**
 * Upper: every byte back, letters in upper case.
 *
 *   C: Hello, Straße <FIN>
 *   S: HELLO, STRAßE <FIN>
 *
 * Framing: none. ASCII letters alone are changed, so that a byte stays a byte whatever the text is encoded in. Meant to be
 * tried behind a login (`--auth-key-file`), which costs the server not a line.
 */
import { batched, type Client, connect, forEach, map, ProtocolError, pipe, type Server, tap } from '../lib/index.ts'

const upperCase = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte))

export const upper: Server = {
  name: 'upper',
  summary: 'Sends every byte back, ASCII letters in upper case',
  endpoints: ['tcp://127.0.0.1:9999'],
  options: {},
  open: () => (peer) =>
    pipe(
      peer,
      map((chunk) => chunk.map((byte) => upperCase[byte] as number)),
      peer
    )
}

export const upperClient: Client = {
  name: 'upper',
  summary: 'Sends the message or standard input, prints what comes back',
  endpoint: 'tcp://127.0.0.1:9999',
  options: {},
  async run({ endpoint, tls, message, input, print, signal }) {
    await using server = await connect(endpoint, { signal, tls })
    let missing = 0
    const source = message === undefined ? input : batched([Buffer.from(`${message}\n`)])
    await pipe(
      source,
      tap((sent) => {
        missing += sent.byteLength
      }),
      server,
      tap((told) => {
        missing -= told.byteLength
      }),
      forEach(print)
    )
    if (missing !== 0) throw new ProtocolError(`the server ended, and ${missing} of the bytes sent did not come back`)
  }
}
