/**
 * Certificates for tests, made by openssl when they are asked for: authorities, and certificates of theirs.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** For the option `skip` of a test. */
export const noOpenssl: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not on the PATH'

export interface Certified {
  readonly cert: string
  readonly key: string
  /** The same as files. */
  readonly certFile: string
  readonly keyFile: string
}

export interface Wanted {
  /** Common name. */
  readonly name?: string
  /** As openssl writes them: `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string
  /** Who signs it; itself where nobody is named. */
  readonly by?: Certified
  readonly authority?: boolean
  /** What it is for: `clientAuth`, `serverAuth`. */
  readonly usage?: string
  /** When it is valid, as `20200101000000Z`. */
  readonly from?: string
  readonly to?: string
  /** Its signatures are all of one length; those of elliptic curves are not. */
  readonly rsa?: boolean
}

const folder = mkdtempSync(join(tmpdir(), 'its-tls-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
let made = 0

const settings = `[ca]
default_ca=us
[us]
database=index
serial=serial
new_certs_dir=.
default_md=sha256
policy=any
unique_subject=no
[any]
commonName=supplied
[req]
distinguished_name=who
[who]
`

/** Makes a key and a certificate for it. */
export function certify(wanted: Wanted = {}): Certified {
  const { name = 'localhost', names = 'DNS:localhost,IP:127.0.0.1', by, authority = false, usage, rsa = false } = wanted
  const at = join(folder, `c${++made}`)
  const [certFile, keyFile] = [`${at}.pem`, `${at}.key`]
  const extensions = [
    `subjectAltName=${names}`,
    `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}`,
    'subjectKeyIdentifier=hash',
    ...(usage === undefined ? [] : [`extendedKeyUsage=${usage}`])
  ]
  writeFileSync(`${at}.cnf`, `${settings}[ext]\n${extensions.join('\n')}\n`)
  writeFileSync(join(folder, 'index'), '')
  writeFileSync(join(folder, 'serial'), `${(0x1000 + made).toString(16)}\n`)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const kind = rsa ? ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] : ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
  openssl('genpkey', '-algorithm', ...kind, '-out', keyFile)
  openssl('req', '-new', '-config', `${at}.cnf`, '-key', keyFile, '-subj', `/CN=${name}`, '-out', `${at}.csr`)
  const signer = by === undefined ? ['-selfsign', '-keyfile', keyFile] : ['-cert', by.certFile, '-keyfile', by.keyFile]
  const dates = ['-startdate', wanted.from ?? '20240101000000Z', '-enddate', wanted.to ?? '20491231000000Z']
  openssl(
    ...['ca', '-batch', '-notext', '-config', `${at}.cnf`, '-extensions', 'ext', '-in', `${at}.csr`, '-out', certFile],
    ...signer,
    ...dates
  )
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), certFile, keyFile }
}

/** The list of what an authority has revoked, as PEM. */
export function revocations(by: Certified, revoked: readonly Certified[]): string {
  const at = join(folder, `c${++made}`)
  writeFileSync(`${at}.cnf`, settings)
  writeFileSync(join(folder, 'index'), '')
  const authority = ['ca', '-config', `${at}.cnf`, '-cert', by.certFile, '-keyfile', by.keyFile]
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', [...authority, ...args], { cwd: folder, stdio: 'pipe' })
  for (const { certFile } of revoked) openssl('-revoke', certFile)
  openssl('-gencrl', '-crldays', '3650', '-out', `${at}.crl`)
  return readFileSync(`${at}.crl`, 'utf8')
}
