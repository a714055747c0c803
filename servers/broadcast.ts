/**
 * Broadcast: one datagram to everybody on a network; whoever listens reports it with its sender.
 *
 *   C: Broadcast datagram!          (to 127.255.255.255:1060)
 *   S: The client at 127.0.0.1:51234 says: 'Broadcast datagram!'      (on standard output, no answer)
 *
 * Framing: a datagram is a message. Several servers on one host share the port. A socket bound to 127.0.0.1 never hears
 * a broadcast, so the server binds the broadcast address itself (or 0.0.0.0, for a real network).
 */
import {
  type Client,
  type Datagram,
  forEach,
  InvalidOptionError,
  openDatagrams,
  parseEndpoint,
  pipe,
  quoted,
  type Server
} from '../lib/index.ts'

export const broadcast: Server = {
  name: 'broadcast',
  summary: 'Reports every datagram heard, with its sender',
  endpoints: ['udp://127.255.255.255:1060'],
  options: {},
  datagrams: { shared: true, replies: 'none' },
  openDatagrams:
    (_, { report }) =>
    (socket) =>
      pipe(
        socket,
        forEach((heard) => report(describe(heard)))
      )
}

function describe({ bytes, remote }: Datagram): string {
  return `The client at ${remote.host}:${remote.port} says: ${quoted(bytes)}`
}

export const broadcastClient: Client = {
  name: 'broadcast',
  summary: 'Sends one datagram to a broadcast address',
  endpoint: 'udp://127.255.255.255:1060',
  options: {},
  async run({ endpoint, message = 'Broadcast datagram!' }) {
    const to = parseEndpoint(endpoint)
    if (to.kind !== 'udp') throw new InvalidOptionError('endpoint', endpoint, 'udp://host:port')
    let failed: Error | undefined
    const onSendError = (error: Error): void => {
      failed = error
    }
    await using socket = await openDatagrams(endpoint, { bind: false, broadcast: true, onSendError })
    await socket.sink(once({ bytes: Buffer.from(message), remote: { host: to.host, port: to.port } }))
    if (failed !== undefined) throw new Error(`cannot send to ${endpoint}: ${failed.message}`, { cause: failed })
  }
}

async function* once(datagram: Datagram): AsyncGenerator<Datagram[]> {
  yield [datagram]
}
