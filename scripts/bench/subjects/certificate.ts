/** A certificate for both sides of the TLS rows, and the one suite that both speak. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The first of ours. */
export const suite = 'TLS_AES_128_GCM_SHA256'

export function certificate(): { cert: string; key: string } {
  const at = mkdtempSync(join(tmpdir(), 'it-serve-bench-'))
  try {
    const [cert, key] = [join(at, 'cert.pem'), join(at, 'key.pem')]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost']
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert], { stdio: 'pipe' })
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(at, { recursive: true })
  }
}
