/**
 * Sixteen: messages of a length that both sides know.
 *
 *   C: Hi there, server
 *   S: Farewell, client <FIN>
 *
 * Framing: fixed, 16 bytes, one message each way. A client that ends before its sixteenth byte gets no answer, and is
 * reported with how many came. What follows the sixteenth is no part of the conversation.
 */
import {
  batched,
  type Client,
  connect,
  decode,
  encode,
  fixed,
  forEach,
  formatPeer,
  map,
  pipe,
  quoted,
  type Server,
  stage,
  take,
  tap,
  UnexpectedEndError
} from '../lib/index.ts'

const bytes = 16
const message = fixed(bytes)
const farewell = Buffer.from('Farewell, client')

/** A stream without a message is one that was cut in front of its first byte. */
const theOne = stage<Uint8Array, Uint8Array>('the one message', () => ({
  push(batch, out) {
    out.push(...batch)
  },
  end() {
    throw new UnexpectedEndError(message.name, { phase: 'payload', had: 0, needed: bytes, partial: new Uint8Array(0) })
  }
}))

export const sixteen: Server = {
  name: 'sixteen',
  summary: 'Answers a message of 16 bytes with one of 16 bytes',
  endpoints: ['tcp://127.0.0.1:1061'],
  options: {},
  open:
    (_, { report }) =>
    (peer) =>
      pipe(
        peer,
        decode(message),
        theOne,
        take(1),
        tap((said) => report(`The client at ${formatPeer(peer.remote)} says: ${quoted(said)}`)),
        map(() => farewell),
        encode(message),
        peer
      )
}

export const sixteenClient: Client = {
  name: 'sixteen',
  summary: 'Sends 16 bytes, the message or `Hi there, server`, and prints the 16 that come back',
  endpoint: 'tcp://127.0.0.1:1061',
  options: {},
  async run({ endpoint, tls, message: said = 'Hi there, server', print, signal }) {
    const greeting = Buffer.from(said)
    message.encoder().push([greeting], [])
    await using server = await connect(endpoint, { signal, tls })
    const answer = forEach((told: Uint8Array) => print(Buffer.from(told).toString()))
    await pipe(batched([greeting]), encode(message), server, decode(message), theOne, take(1), answer)
  }
}
