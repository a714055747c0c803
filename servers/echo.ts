/**
 * Echo (RFC 862): every byte back as it came, in its order.
 *
 *   C: hello <FIN>
 *   S: hello <FIN>
 *
 * Framing: none; with `--lines` a delimiter, `\n`, both ways. Half-close is respected: the client may send, end its side,
 * and still gets everything. On UDP each datagram goes back to where it came from.
 */
import { decode, delimiter, encode, flag, pipe, type Server } from '../lib/index.ts'

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
