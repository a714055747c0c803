/** One TLS handshake with whatever answers, trusted or not, old or new: what came of it. */
import { constants, type X509Certificate } from 'node:crypto'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import {
  connect,
  type DetailedPeerCertificate,
  type EphemeralKeyInfo,
  type SecureVersion,
  type TLSSocket
} from 'node:tls'
import { type HandshakeRecord, readHandshake } from './handshake-record.ts'
import { TappedSocket } from './tapped-socket.ts'

export interface HandshakeOptions {
  readonly host: string
  readonly address: string
  readonly port: number
  readonly least: SecureVersion
  readonly most: SecureVersion
  /** As OpenSSL writes them. */
  readonly ciphers: string
  readonly ca: readonly string[] | undefined
  readonly client: { cert: string; key: string } | undefined
  readonly session?: Buffer
  readonly timeoutMs: number
}

export interface Handshake {
  /** Undefined where it went through. */
  readonly error: Error | undefined
  /** The server turned us away behind its handshake, for want of a certificate of ours. */
  readonly record: HandshakeRecord
  readonly agreed: Agreed | undefined
}

export interface Agreed {
  readonly version: string
  readonly cipher: { name: string; standardName: string; version: string }
  readonly key: EphemeralKeyInfo
  readonly alpn: string | false
  /** What OpenSSL says against the certificate. */
  readonly distrust: string | undefined
  readonly session: Buffer | undefined
  readonly resumed: boolean
  readonly certificate: DetailedPeerCertificate
  readonly x509: X509Certificate | undefined
}

/** How long a server of TLS 1.3 has to send a session ticket, or to turn us away, behind the handshake. */
const afterMs = 500

/** Resolves also when the handshake fails. */
export async function shakeHands(options: HandshakeOptions): Promise<Handshake> {
  const { host, address, port, least, most, ciphers, ca, client, session, timeoutMs } = options
  const tcp = connectTcp({ host: address, port })
  const tap = new TappedSocket(tcp)
  let secret: Buffer | undefined
  const secure = connect({
    socket: tap,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    minVersion: least,
    maxVersion: most,
    ciphers: `${ciphers}:@SECLEVEL=0`,
    ALPNProtocols: ['h2', 'http/1.1'],
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    rejectUnauthorized: false,
    // Names are judged by the report, which tells them from the rest.
    checkServerIdentity: () => undefined,
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...client,
    ...(session === undefined ? {} : { session })
  })
  secure.on('keylog', (line: Buffer) => {
    const [label, , hex] = String(line).trim().split(' ')
    if (label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET') secret = Buffer.from(hex as string, 'hex')
  })
  const tickets: Buffer[] = []
  secure.on('session', (ticket: Buffer) => tickets.push(ticket))
  let agreed: Agreed | undefined
  let error: Error | undefined
  try {
    await settled(secure, tcp, timeoutMs)
    const certificate = secure.getPeerCertificate(true)
    agreed = {
      version: secure.getProtocol() ?? 'unknown',
      cipher: secure.getCipher(),
      key: secure.getEphemeralKeyInfo() as EphemeralKeyInfo,
      alpn: secure.alpnProtocol ?? false,
      distrust: secure.authorized ? undefined : String(secure.authorizationError),
      session: undefined,
      resumed: secure.isSessionReused(),
      certificate,
      x509: secure.getPeerX509Certificate()
    }
    if (session === undefined) await afterwards(secure, tickets)
    agreed = { ...agreed, session: tickets.at(-1) ?? secure.getSession() }
  } catch (cause) {
    error = cause as Error
  } finally {
    secure.on('error', () => {}).destroy()
    tap.on('error', () => {}).destroy()
  }
  return { error, agreed, record: readHandshake(tap.kept, secret) }
}

function settled(secure: TLSSocket, tcp: Socket, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    const fail = (error: Error): void => {
      clearTimeout(timer)
      reject(error)
    }
    secure.once('secureConnect', () => {
      clearTimeout(timer)
      resolve()
    })
    secure.on('error', fail)
    tcp.on('error', fail)
    secure.once('close', () => fail(new Error('the server ended the line in the middle of the handshake')))
  })
}

/** Until a session ticket is there, or for a while; rejects where the server turns us away. */
function afterwards(secure: TLSSocket, tickets: Buffer[]): Promise<void> {
  if (secure.getProtocol() !== 'TLSv1.3' || tickets.length > 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, afterMs)
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    secure.once('session', done).once('end', done)
    secure.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    secure.resume()
  })
}
