/** What is known of a TLS connection when its handshake is over, in words of ours. */
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { AbortedError } from '../../errors.ts'
import type { PeerCertificate, TlsInfo } from '../../types.ts'

export function tlsInfo(socket: TLSSocket): TlsInfo & { confirmed: boolean } {
  const { alpnProtocol, servername } = socket as TLSSocket & { servername?: string | false }
  const certificate = certificateOf(socket)
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    alpn: alpnProtocol || undefined,
    serverName: servername ? servername.toLowerCase() : undefined,
    resumed: socket.isSessionReused(),
    confirmed: true,
    certificate,
    exportKey(label, length, context = new Uint8Array(0)) {
      if (socket.destroyed) throw new AbortedError('the connection is closed')
      return new Uint8Array(socket.exportKeyingMaterial(length, label, Buffer.from(context)))
    }
  }
}

/** The certificate that the peer showed, if any. */
export function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const x509: X509Certificate | undefined = socket.getPeerX509Certificate()
  if (x509 === undefined) return undefined
  return {
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    names: namesIn(x509.subjectAltName ?? ''),
    serialNumber: x509.serialNumber,
    validFrom: new Date(x509.validFrom),
    validTo: new Date(x509.validTo),
    fingerprint: x509.fingerprint256,
    der: new Uint8Array(x509.raw)
  }
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ')
}

/** Node writes a name with a comma or quotes in it as a JSON string, so that it cannot pass for two. */
function namesIn(text: string): string[] {
  const entries = text.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)
  return [...entries].map(([, kind, name = '']) => `${kind}:${name.startsWith('"') ? JSON.parse(name) : name}`)
}
