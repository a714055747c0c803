/**
 * The client's side of TLS: shakes hands over a connected socket, and gives out a connection to a server that is who it
 * should be and, as far as can be known, has let us in.
 */
import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as shakeHands } from 'node:tls'
import { ConnectError, DeadlineError, InvalidOptionError } from '../../errors.ts'
import { limits, milliseconds } from '../../limits.ts'
import type { Pem, TlsConnectOptions } from '../../tls-options.ts'
import { onLineCut } from './line-end.ts'
import { readPem } from './pem.ts'
import { canonicalName } from './server-name.ts'
import { suites } from './suites.ts'
import { TlsConnection, type TlsConnectionOptions } from './tls-connection.ts'

/** Node's types do not know that a client may half-close, nor of the size of its queues. */
type Settings = ConnectionOptions & { allowHalfOpen: boolean; highWaterMark: number }

/** @throws InvalidOptionError for a certificate, key or name that cannot be used */
export async function clientSettings(host: string, options: TlsConnectOptions): Promise<Settings> {
  const { ca, cert, key, serverName, alpn, confirmMs = limits.confirmMs } = options
  milliseconds('tls.confirmMs', confirmMs, 0)
  const name = serverName === undefined ? host : canonicalName('tls.serverName', serverName, 'name')
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key']
    throw new InvalidOptionError(`tls.${missing}`, undefined, `what belongs to tls.${given}`)
  }
  const read = async (option: string, pem: Pem | undefined) =>
    pem === undefined ? {} : { [option]: await readPem(`tls.${option}`, pem) }
  return {
    ...suites,
    allowHalfOpen: true,
    highWaterMark: limits.highWaterBytes,
    host: name,
    // An IP address is no name, and is not asked for.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(await read('ca', ca)),
    ...(await read('cert', cert)),
    ...(await read('key', key))
  }
}

interface Attempt extends TlsConnectionOptions {
  readonly url: string
  readonly timeoutMs: number
  readonly confirmMs: number
  readonly signal: AbortSignal | undefined
}

/**
 * @param below connected, paused, with `allowHalfOpen`; it is cut where this fails
 * @throws ConnectError saying why not
 */
export function secure(below: Socket, settings: Settings, attempt: Attempt): Promise<TlsConnection> {
  const { url, timeoutMs, confirmMs, signal } = attempt
  return new Promise((resolve, reject) => {
    let connection: TlsConnection | undefined
    let error: Error | undefined
    let admitted = false
    let unconfirmed: NodeJS.Timeout | undefined
    const settle = (then: () => void): void => {
      clearTimeout(deadline)
      clearTimeout(unconfirmed)
      signal?.removeEventListener('abort', aborted)
      socket.off('error', failed).off('session', ticket).off('close', closed)
      if (connection !== undefined) connection.onSign = undefined
      then()
    }
    const giveUp = (reason: unknown): void =>
      settle(() => {
        socket.on('error', () => {}).destroy()
        reject(reason)
      })
    const failed = (cause: Error): void => {
      error ??= cause
    }
    const aborted = (): void => giveUp(signal?.reason)
    const closed = (): void => {
      if (admitted) confirmed()
      else giveUp(new ConnectError(url, whyNot(error, connection), { cause: error ?? connection?.brokenBy }))
    }
    const confirmed = (): void => {
      if (connection !== undefined) settle(() => resolve(connection as TlsConnection))
    }
    // Node tells of a ticket while OpenSSL reads it; who writes in that moment breaks the stream.
    const ticket = (): void => {
      admitted = true
      setImmediate(confirmed)
    }
    const deadline = setTimeout(() => {
      const cause = new DeadlineError('no TLS handshake', timeoutMs)
      giveUp(new ConnectError(url, `no TLS handshake within ${timeoutMs} ms`, { cause }))
    }, timeoutMs)
    below.on('error', failed)
    const socket = shakeHands({ ...settings, socket: below })
    socket.on('error', failed)
    socket.once('close', closed).on('session', ticket)
    onLineCut(socket, below, () => socket.destroy())
    signal?.addEventListener('abort', aborted, { once: true })
    socket.once('secureConnect', () => {
      try {
        connection = new TlsConnection(socket, below, attempt)
      } catch (reason) {
        giveUp(reason)
        return
      }
      connection.onSign = confirmed
      if (connection.tls.protocol !== 'TLSv1.3') confirmed()
      else if (confirmMs === 0) giveItOut(connection, confirmed)
      else unconfirmed = setTimeout(giveItOut, confirmMs, connection, confirmed)
    })
  })
}

/** The server has said nothing yet. */
function giveItOut(connection: TlsConnection, ready: () => void): void {
  connection.tls.confirmed = false
  ready()
}

function whyNot(error: NodeJS.ErrnoException | undefined, connection: TlsConnection | undefined): string {
  if (error?.code?.includes('_ALERT_')) return `the server refused the TLS handshake: ${error.message}`
  if (connection !== undefined) return 'the server ended the line instead of letting us in'
  if (error === undefined || error.code === 'ECONNRESET') return 'the server ended the line within the TLS handshake'
  return `no TLS: ${error.message}`
}
