/**
 * From a server's certificate to an authority that is trusted, and where that ends: each certificate must be signed by the
 * next (RFC 5280, 6). OpenSSL does the same and tells the last thing that it minds; here all are told.
 */
import type { KeyObject, X509Certificate } from 'node:crypto'

export interface CertificatePath {
  /** The server's certificate first. */
  readonly certificates: readonly X509Certificate[]
  /** Undefined where the path ends at an authority that is trusted. */
  readonly broken: string | undefined
}

/** Longer is a loop. */
const maxLength = 10

export function certificatePath(
  sent: readonly X509Certificate[],
  trusted: readonly X509Certificate[]
): CertificatePath {
  const certificates: X509Certificate[] = []
  let current = sent[0]
  if (current === undefined) return { certificates, broken: 'the server sent no certificate' }
  while (certificates.length < maxLength) {
    certificates.push(current)
    if (trusted.some(({ fingerprint256 }) => fingerprint256 === current?.fingerprint256))
      return { certificates, broken: undefined }
    const signer = (all: readonly X509Certificate[]): X509Certificate | undefined =>
      all.find((one) => one.fingerprint256 !== current?.fingerprint256 && isSignedBy(current as X509Certificate, one))
    const root = signer(trusted)
    if (root !== undefined) return { certificates: [...certificates, root], broken: undefined }
    if (isSignedBy(current, current)) {
      const alone = certificates.length === 1
      return {
        certificates,
        broken: alone ? 'it is signed by itself' : `its root ${oneLine(current.subject)} is not trusted`
      }
    }
    const next = signer(sent)
    if (next === undefined) {
      return {
        certificates,
        broken: `the chain is incomplete: no certificate of ${oneLine(current.issuer)} was sent, and none is trusted`
      }
    }
    current = next
  }
  return { certificates, broken: `the chain is longer than ${maxLength}` }
}

function isSignedBy(certificate: X509Certificate, signer: X509Certificate): boolean {
  if (!certificate.checkIssued(signer)) return false
  const key = publicKeyOf(signer)
  return key !== undefined && certificate.verify(key)
}

/** Undefined where it has one that OpenSSL cannot read. */
export function publicKeyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey
  } catch {
    return undefined
  }
}

/** `CN=robot, O=Example` */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ') || '(nobody)'
}
