/** Everything that one wants to know of a TLS server before one relies on it, and what is wrong with it. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { DEFAULT_CIPHERS, rootCertificates, type SecureVersion } from 'node:tls'
import { NoHostError, UnavailableError } from '../exit-status.ts'
import { certificatePath, oneLine } from './certificate-path.ts'
import { type CertificateReport, certificateReport, isoDate } from './certificate-report.ts'
import { type Agreed, type Handshake, type HandshakeOptions, shakeHands } from './handshake.ts'
import { judgeDates, judgeName, judgeStrength, judgeTrust, old } from './judgement.ts'

export interface TlsProbe {
  readonly host: string
  readonly port: number
  readonly addresses: readonly string[]
  /** PEM: who is trusted, instead of those that Node knows. */
  readonly ca?: string | undefined
  /** PEM: our own certificate and its key. */
  readonly client?: { cert: string; key: string } | undefined
  readonly ciphers?: string | undefined
  /** One version only. */
  readonly version?: SecureVersion | undefined
  readonly timeoutMs: number
}

export interface TlsReport {
  readonly host: string
  readonly port: number
  readonly address: string
  readonly ok: boolean
  /** What is wrong: why the exit status is not 0. */
  readonly failures: readonly string[]
  /** What is not wrong yet. */
  readonly warnings: readonly string[]
  readonly certificate: CertificateReport | undefined
  /** From the server's own to the authority; `from` says where each was found. */
  readonly chain: readonly { subject: string; issuer: string; validTo: string; from: 'sent' | 'trusted here' }[]
  readonly trusted: boolean
  readonly nameMatches: boolean
  readonly version: string | undefined
  /** What else the server would have spoken; undefined where it was asked for one version only. */
  readonly versions: Readonly<Record<string, boolean>> | undefined
  readonly cipher: { name: string; standardName: string; version: string; bits: number } | undefined
  readonly keyExchange: string | undefined
  readonly alpn: string | undefined
  readonly compression: 'none'
  readonly resumption: boolean
  readonly clientCertificate: 'not asked for' | 'asked for' | 'required'
}

/** With their numbers on the wire. */
const versions: Readonly<Record<SecureVersion, number>> = {
  TLSv1: 0x0301,
  'TLSv1.1': 0x0302,
  'TLSv1.2': 0x0303,
  'TLSv1.3': 0x0304
}
/**
 * Looks at a server. What is wrong with it stands in the report.
 *
 * @throws UnavailableError where nobody listens
 */
export async function tlsReport(probe: TlsProbe): Promise<TlsReport> {
  const { version, ciphers = `${DEFAULT_CIPHERS}:ALL` } = probe
  const settings = {
    ...probe,
    least: version ?? 'TLSv1',
    most: version ?? 'TLSv1.3',
    ciphers,
    ca: probe.ca === undefined ? undefined : pemBlocks(probe.ca),
    client: probe.client
  } as const
  const { handshake, address } = await firstAnswer(probe, settings)
  const { agreed, record, error } = handshake
  const asked: HandshakeOptions = { ...settings, address }
  const failures: string[] = []
  const warnings: string[] = []
  const sent = record.certificates.flatMap((der) => parsed(der))
  const certificate = agreed?.x509 ?? sent[0]
  const path = certificatePath(
    sent.length > 0 || certificate === undefined ? sent : [certificate],
    (settings.ca ?? rootCertificates).flatMap((pem) => parsed(pem))
  )
  if (error !== undefined) failures.push(whyNot(error, record.asksClient, probe.client !== undefined))
  if (certificate !== undefined) {
    judgeTrust(path.broken, agreed, failures)
    judgeDates(path.certificates, failures, warnings)
  }
  const nameMatches = certificate !== undefined && judgeName(probe.host, certificate, failures)
  const cipher = agreed === undefined ? undefined : { ...agreed.cipher, bits: bitsOf(agreed.cipher.name) }
  if (agreed !== undefined) judgeStrength(agreed, cipher?.bits ?? 0, failures, warnings)
  const others = version === undefined && agreed !== undefined ? await otherVersions(asked, agreed.version) : undefined
  for (const [name, spoken] of Object.entries(others ?? {})) {
    if (spoken && old.has(name) && name !== agreed?.version) failures.push(`it also speaks ${name}, which is too old`)
  }
  const again = agreed?.session === undefined ? undefined : await shakeHands({ ...asked, session: agreed.session })
  const isRoot = (one: X509Certificate): boolean =>
    !sent.some(({ fingerprint256 }) => fingerprint256 === one.fingerprint256)
  return {
    host: probe.host,
    port: probe.port,
    address,
    ok: failures.length === 0,
    failures,
    warnings,
    certificate: certificate === undefined ? undefined : certificateReport(certificate),
    chain: path.certificates.map((one) => ({
      subject: oneLine(one.subject),
      issuer: oneLine(one.issuer),
      validTo: isoDate(one.validTo),
      from: isRoot(one) ? 'trusted here' : 'sent'
    })),
    trusted: certificate !== undefined && path.broken === undefined,
    nameMatches,
    version: agreed?.version,
    versions: others,
    cipher,
    keyExchange: agreed === undefined ? undefined : keyExchangeOf(agreed),
    alpn: agreed?.alpn === false ? undefined : agreed?.alpn,
    // It is never offered: it gives secrets away (CRIME), and TLS 1.3 has none.
    compression: 'none',
    resumption: again?.agreed?.resumed ?? false,
    clientCertificate: !record.asksClient
      ? 'not asked for'
      : error !== undefined && probe.client === undefined
        ? 'required'
        : 'asked for'
  }
}

/** The addresses in turn, until one takes the connection. */
async function firstAnswer(
  { host, port, addresses }: TlsProbe,
  settings: Omit<HandshakeOptions, 'address'>
): Promise<{ handshake: Handshake; address: string }> {
  const reasons: string[] = []
  for (const address of addresses) {
    const handshake = await shakeHands({ ...settings, address })
    const { code = '' } = (handshake.error ?? {}) as NodeJS.ErrnoException
    if (!/^E(CONNREFUSED|HOSTUNREACH|NETUNREACH|TIMEDOUT|ADDRNOTAVAIL)$/.test(code)) return { handshake, address }
    reasons.push(
      `${address} ${code === 'ECONNREFUSED' ? 'refuses: nobody listens there' : `cannot be reached (${code})`}`
    )
  }
  if (reasons.length === 0) throw new NoHostError(`cannot resolve ${host}`)
  throw new UnavailableError(`cannot connect to ${host}:${port}: ${reasons.join('; ')}`)
}

async function otherVersions(asked: HandshakeOptions, agreed: string): Promise<Record<string, boolean>> {
  const spoken: Record<string, boolean> = {}
  for (const [name, number] of Object.entries(versions)) {
    const version = name as SecureVersion
    if (name !== agreed) {
      const { record } = await shakeHands({ ...asked, least: version, most: version })
      // Whether the server then takes our certificate, or any, is another question.
      spoken[name] = record.version === number
    } else spoken[name] = true
  }
  return spoken
}

function whyNot(error: Error, asksClient: boolean, given: boolean): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (asksClient && !given) return 'the server requires a certificate of ours (--cert FILE)'
  if (asksClient) return `the server does not take our certificate: ${reasonOf(error)}`
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|INVALID_RECORD/.test(code)) return 'what answers there does not speak TLS'
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code)) return `no version of TLS in common: ${reasonOf(error)}`
  return `the handshake failed: ${code.startsWith('ERR_SSL') ? reasonOf(error) : message}`
}

function reasonOf(error: Error): string {
  return (error as { reason?: string }).reason ?? error.message
}

function keyExchangeOf({ key, version }: Agreed): string {
  const { type, name, size } = key as { type?: string; name?: string; size?: number }
  if (type === undefined) return version === 'TLSv1.3' ? 'unknown to Node' : 'RSA (no forward secrecy)'
  return `${type}${name === undefined ? '' : ` ${name}`}, ${size} bits`
}

/** Of the key of a cipher, by its name in OpenSSL. */
function bitsOf(name: string): number {
  if (/NULL/.test(name)) return 0
  if (/256|CHACHA20/.test(name.replace(/SHA\d+$/, ''))) return 256
  if (/3DES|DES-CBC3/.test(name)) return 112
  if (/DES-CBC|EXP/.test(name)) return 56
  return 128
}

/** An authority that Node cannot read is not trusted. */
function parsed(certificate: string | Uint8Array): X509Certificate[] {
  try {
    return [new X509Certificate(certificate as string)]
  } catch {
    return []
  }
}

export function pemBlocks(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
}

/** Our own certificate; the key may stand in the same file. @throws Error where they are none */
export function clientPair(cert: string, key: string): { cert: string; key: string } {
  if (pemBlocks(cert).length === 0) throw new Error('it has no certificate')
  createPrivateKey(key)
  return { cert, key }
}
