/** What is wrong with a server, in words: each judge adds to the failures, or to the warnings where nothing is wrong yet. */
import type { X509Certificate } from 'node:crypto'
import { checkServerIdentity } from 'node:tls'
import { oneLine } from './certificate-path.ts'
import { daysLeft, isoDate, namesOf } from './certificate-report.ts'
import type { Agreed } from './handshake.ts'

/** A certificate that ends sooner is warned of. */
const soonDays = 14
/** Those that browsers left in 2020 (RFC 8996). */
export const old = new Set(['TLSv1', 'TLSv1.1', 'SSLv3'])

export function judgeTrust(broken: string | undefined, agreed: Agreed | undefined, failures: string[]): void {
  const told = agreed?.distrust
  if (broken !== undefined) failures.push(`the certificate is not trusted: ${broken}`)
  else if (told !== undefined && !/EXPIRED|NOT_YET_VALID/.test(told)) {
    failures.push(`the certificate is not trusted: OpenSSL says ${told}`)
  }
}

export function judgeDates(path: readonly X509Certificate[], failures: string[], warnings: string[]): void {
  for (const [index, one] of path.entries()) {
    const which = index === 0 ? 'the certificate' : `the certificate of ${oneLine(one.subject)} in the chain`
    const days = daysLeft(one)
    const from = Date.parse(one.validFrom)
    const day = (date: string): string => isoDate(date).slice(0, 10)
    if (Number.isNaN(days + from)) failures.push(`${which} has a date that is none`)
    else if (days < 0) failures.push(`${which} expired on ${day(one.validTo)}`)
    else if (from > Date.now()) failures.push(`${which} is not valid before ${day(one.validFrom)}`)
    else if (days < soonDays) warnings.push(`${which} expires on ${day(one.validTo)}, in ${days} days`)
  }
}

export function judgeName(host: string, certificate: X509Certificate, failures: string[]): boolean {
  const wrong = checkServerIdentity(host, certificate.toLegacyObject())
  if (wrong === undefined) return true
  const names = namesOf(certificate)
  failures.push(
    `the certificate is not for ${host}, but for ${names.length === 0 ? oneLine(certificate.subject) : names.join(', ')}`
  )
  return false
}

export function judgeStrength(agreed: Agreed, bits: number, failures: string[], warnings: string[]): void {
  const { name } = agreed.cipher
  if (old.has(agreed.version)) failures.push(`${agreed.version} is too old: TLSv1.2 is the least`)
  if (bits < 128 || /RC4|3DES|DES-CBC|NULL|^ADH|^AECDH|MD5/.test(name)) failures.push(`the cipher ${name} is too weak`)
  else if (!/GCM|CCM|POLY1305/.test(name))
    warnings.push(`the cipher ${name} does not authenticate what it encrypts (no AEAD)`)
  if (agreed.version !== 'TLSv1.3' && !/DHE/.test(name)) {
    warnings.push('the key exchange has no forward secrecy: whoever gets the key later reads what was said today')
  }
  const { x509 } = agreed
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509?.publicKey ?? {}
  if (type === 'rsa' && (details?.modulusLength ?? 0) < 2048)
    failures.push(`its RSA key of ${details?.modulusLength} bits is too short`)
}
