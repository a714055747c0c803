/**
 * Echo (RFC 862): every byte back as it came, in its order.
 *
 *   C: hello <FIN>
 *   S: hello <FIN>
 *
 * Framing: none; with `--lines` a delimiter, `\n`, both ways. Half-close is respected: the client may send, end its side,
 * and still gets everything. On UDP each datagram goes back to where it came from.
 */
import {
  askDatagram,
  batched,
  type Client,
  connect,
  decode,
  delimiter,
  encode,
  flag,
  forEach,
  ProtocolError,
  pipe,
  type Server,
  tap
} from '../lib/index.ts'

const line = delimiter('\n', { keep: true })

export const echo: Server<{ lines: boolean }> = {
  name: 'echo',
  summary: 'Sends every byte back as it came',
  endpoints: ['tcp://127.0.0.1:20000'],
  options: { lines: flag('echo whole lines only') },
  open:
    ({ lines }) =>
    (peer) =>
      lines ? pipe(peer, decode(line), encode(line), peer) : pipe(peer, peer),
  openDatagrams: () => (socket) => pipe(socket, socket)
}

export const echoClient: Client = {
  name: 'echo',
  summary: 'Sends the message or standard input, prints what comes back',
  endpoint: 'tcp://127.0.0.1:20000',
  options: {},
  async run({ endpoint, tls, login, message, input, print, signal }) {
    if (endpoint.startsWith('udp:')) {
      const asked = Buffer.from(message ?? '')
      await print(await askDatagram(endpoint, asked, { signal, match: (answer) => asked.equals(answer) }))
      return
    }
    await using server = await connect(endpoint, { signal, tls, login })
    const source = message === undefined ? input : batched([Buffer.from(`${message}\n`)])
    let [sent, back] = [0, 0]
    await pipe(
      source,
      tap(({ byteLength }) => {
        sent += byteLength
      }),
      server,
      tap(({ byteLength }) => {
        back += byteLength
      }),
      forEach(print)
    )
    // A server that echoes lines alone keeps the last one where it is not whole; one that refused us keeps everything.
    if (sent > 0 && back === 0) throw new ProtocolError('the server ended, and nothing of what was sent came back')
  }
}
