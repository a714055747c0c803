import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { ConnectError, DeadlineError, InvalidOptionError } from '../errors.ts'
import { milliseconds, wholeNumber } from '../limits.ts'
import { whyNot } from './accept.ts'
import { parseEndpoint } from './endpoint.ts'

export interface AskDatagramOptions {
  /** How often the question is sent in all (4). */
  tries?: number
  /** How long the first try waits for its answer (500 ms); each further one waits twice as long. */
  timeoutMs?: number
  signal?: AbortSignal
}

/**
 * One question and its answer over UDP. The socket is connected, so that the kernel passes on nothing but what the asked
 * endpoint itself sends, and says when nobody is there.
 *
 * @returns the first datagram that comes back
 * @throws ConnectError when the name does not resolve, nobody listens there, or no answer came to any try (with the
 *   defaults after 7.5 s)
 * @example const answer = await askDatagram('udp://127.0.0.1:20000', new Uint8Array(0))
 */
export async function askDatagram(
  url: string,
  question: Uint8Array,
  { tries = 4, timeoutMs = 500, signal }: AskDatagramOptions = {}
): Promise<Uint8Array> {
  wholeNumber('tries', tries)
  milliseconds('timeoutMs', timeoutMs * 2 ** (tries - 1))
  const endpoint = parseEndpoint(url)
  if (endpoint.kind !== 'udp') throw new InvalidOptionError('endpoint', url, 'udp://host:port')
  signal?.throwIfAborted()
  const socket = createSocket(isIPv6(endpoint.host) ? 'udp6' : 'udp4')
  let timer: NodeJS.Timeout | undefined
  let aborted: (() => void) | undefined
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => reject(new ConnectError(url, whyNot(cause), { cause }))
      let sent = 0
      const ask = (): void => {
        if (sent === tries) {
          const waited = timeoutMs * (2 ** tries - 1)
          const cause = new DeadlineError('no answer', waited)
          reject(new ConnectError(url, `no answer to ${tries} tries within ${waited} ms`, { cause }))
          return
        }
        socket.send(question, (error) => {
          if (error !== null) failed(error)
        })
        timer = setTimeout(ask, timeoutMs * 2 ** sent)
        sent++
      }
      aborted = () => reject(signal?.reason)
      signal?.addEventListener('abort', aborted, { once: true })
      socket.once('message', resolve)
      socket.on('error', failed)
      socket.connect(endpoint.port, endpoint.host, ask)
    })
  } finally {
    clearTimeout(timer)
    if (aborted !== undefined) signal?.removeEventListener('abort', aborted)
    socket.close()
  }
}
