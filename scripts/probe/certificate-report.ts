/** A certificate, as far as one reads it. */
import type { X509Certificate } from 'node:crypto'
import { oneLine, publicKeyOf } from './certificate-path.ts'

export interface CertificateReport {
  readonly subject: string
  readonly names: readonly string[]
  readonly issuer: string
  readonly serialNumber: string
  readonly fingerprint256: string
  readonly key: string
  readonly validFrom: string
  readonly validTo: string
  readonly daysLeft: number
}

export function certificateReport(certificate: X509Certificate): CertificateReport {
  return {
    subject: oneLine(certificate.subject),
    names: namesOf(certificate),
    issuer: oneLine(certificate.issuer),
    serialNumber: certificate.serialNumber,
    fingerprint256: certificate.fingerprint256,
    key: keyOf(certificate),
    validFrom: isoDate(certificate.validFrom),
    validTo: isoDate(certificate.validTo),
    daysLeft: daysLeft(certificate)
  }
}

/** Without their kinds: `localhost`, `127.0.0.1`. */
export function namesOf(certificate: X509Certificate): string[] {
  const names = certificate.subjectAltName?.match(/(?:"(?:[^"\\]|\\.)*"|[^",]|,(?! ))+/g) ?? []
  return names.map((name) => name.trim().replace(/^(DNS|IP Address):/, ''))
}

/** A date that is none, as a stranger may write it, stays as it stands. */
export function isoDate(date: string): string {
  return Number.isNaN(Date.parse(date)) ? date : new Date(date).toISOString()
}

function keyOf(certificate: X509Certificate): string {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = publicKeyOf(certificate) ?? {}
  if (details?.namedCurve !== undefined) return `${type.toUpperCase()} ${details.namedCurve}`
  return details?.modulusLength === undefined ? type : `${type.toUpperCase()} ${details.modulusLength} bits`
}

/** Whole days; negative when it is over, NaN where its end is no date. */
export function daysLeft({ validTo }: X509Certificate): number {
  return Math.floor((new Date(validTo).getTime() - Date.now()) / 86_400_000)
}
