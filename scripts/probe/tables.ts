/** The reports of the probes, for people. What a peer wrote into its certificate moves no cursor. */
import { columns } from '../columns.ts'
import { lineOf } from '../exit-status.ts'
import type { Paint } from '../paint.ts'
import type { Attempt, ConnectReport } from './connect-report.ts'
import type { TlsReport } from './tls-report.ts'

export function tlsTable(report: TlsReport, paint: Paint): string[] {
  const { certificate, chain, cipher, versions } = report
  const judged = (good: boolean, yes: string, no: string): string => (good ? paint('green', yes) : paint('red', no))
  const rows: string[][] = []
  const row = (label: string, ...values: string[]): void => {
    for (const [index, value] of values.entries()) rows.push([index === 0 ? paint('dim', label) : '', value])
  }
  if (certificate !== undefined) {
    const { validFrom, validTo, daysLeft } = certificate
    const left = Number.isNaN(daysLeft) ? 'no date' : `${-daysLeft} days ago`
    row('subject', safe(certificate.subject))
    row('names', safe(certificate.names.join(', ')) || 'none')
    row('issuer', safe(certificate.issuer))
    row(
      'valid',
      `${validFrom.slice(0, 10)} to ${validTo.slice(0, 10)}, ${judged(daysLeft >= 0, `${daysLeft} days left`, left)}`
    )
    row('key', certificate.key)
    row('chain', ...chain.map(({ subject, from }, index) => `${index + 1}. ${safe(subject)}  ${paint('dim', from)}`))
    row('trusted', judged(report.trusted, 'yes', 'no'))
    row('name', judged(report.nameMatches, `is for ${report.host}`, `is not for ${report.host}`))
  }
  if (report.version !== undefined && cipher !== undefined) {
    const others = Object.entries(versions ?? {}).filter(([name]) => name !== report.version)
    const told = others.map(([name, spoken]) => `${name} ${spoken ? 'too' : 'no'}`).join(', ')
    row('version', told === '' ? report.version : `${report.version}  ${paint('dim', told)}`)
    row('cipher', `${cipher.name} (${cipher.version}), ${cipher.bits} bits`)
    row('key exchange', report.keyExchange ?? 'unknown')
    row('ALPN', report.alpn ?? 'none')
    row('compression', report.compression)
    row('resumption', report.resumption ? 'yes' : 'no')
  }
  row('our certificate', report.clientCertificate)
  const where = `${report.host}:${report.port}`
  const lines = [
    paint('bold', where) + (report.address === report.host ? '' : paint('dim', ` at ${report.address}`)),
    ''
  ]
  lines.push(...columns(rows), '')
  for (const failure of report.failures) lines.push(`${paint('red', 'wrong:')} ${safe(failure)}`)
  for (const warning of report.warnings) lines.push(`${paint('yellow', 'note:')} ${safe(warning)}`)
  if (report.ok) lines.push(paint('green', 'all is well'))
  return lines
}

export function connectTable(report: ConnectReport, paint: Paint): string[] {
  const { host, canonicalName, service, port, attempts } = report
  const title = String(port) === service ? `${host}, port ${port}` : `${host}, ${service} (port ${port})`
  const count = attempts.length === 1 ? '1 address' : `${attempts.length} addresses`
  const named = canonicalName === host ? '' : `, canonical name ${canonicalName}`
  const first = attempts.find(({ outcome }) => outcome === 'answered')
  const outcome = ({ outcome: what, why }: Attempt): string =>
    why === undefined ? paint('green', what) : `${paint('red', what)}: ${why}`
  const rows = attempts.map((one) => [
    one.family,
    one.address,
    outcome(one),
    `${one.ms.toFixed(1)} ms`,
    one === first && attempts.length > 1 ? paint('dim', 'the one that a client gets') : ''
  ])
  return [paint('bold', safe(title)) + paint('dim', `: ${count}${safe(named)}`), '', ...columns(rows)]
}

/** In one line, without what turns the direction of writing. */
function safe(text: string): string {
  return lineOf(text).replace(/\p{Cf}/gu, '?')
}
