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

/** As Python shows text; what is not UTF-8 or does not print is shown as escapes, so that one datagram is one line. */
export function quoted(bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return `b'${Array.from(bytes, (byte) => escapeByte(byte)).join('')}'`
  }
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const shown = text.replace(/[\\'"]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (sign) => {
    if (sign === '"' || sign === "'") return sign === quote ? `\\${sign}` : sign
    return escapeSign(sign)
  })
  return `${quote}${shown}${quote}`
}

const named: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeSign(sign: string): string {
  const code = sign.codePointAt(0) as number
  if (named[sign] !== undefined) return named[sign]
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}

function escapeByte(byte: number): string {
  const sign = String.fromCharCode(byte)
  if (sign === "'") return "\\'"
  return byte >= 0x20 && byte < 0x7f && sign !== '\\' ? sign : escapeSign(sign)
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
