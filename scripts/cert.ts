/**
 * `it-serve cert [NAME...]`: makes a certificate for development, signed by itself, and its key (readable by its owner only).
 *
 * Node can read certificates and not make them, so openssl does. Nothing that exists is overwritten unless asked.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { Command } from 'commander'
import { InvalidOptionError } from '../lib/index.ts'
import { ConfigurationError } from './exit-status.ts'
import { wholeNumberFlag } from './option-flags.ts'

const local = ['localhost', '127.0.0.1', '::1']

interface Given {
  out: string
  days: string
  force: boolean
}

export function certCommand(): Command {
  return new Command('cert')
    .description('make a certificate for development: cert.pem and key.pem, with openssl')
    .argument('[name...]', `host names and addresses (${local.join(' ')})`)
    .option('--out <DIRECTORY>', 'where to write them', '.')
    .option('--days <N>', 'how long it is valid', '365')
    .option('--force', 'overwrite what is there', false)
    .action((names: string[], given: Given) => make(names.length === 0 ? local : names, given))
}

function make(names: readonly string[], { out, days, force }: Given): void {
  wholeNumberFlag('--days', days, 1, 36_500)
  for (const name of names) {
    if (isIP(name) === 0 && !/^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(name)) {
      throw new InvalidOptionError('name', name, 'a host name or an IP address')
    }
  }
  const [cert, key] = [join(out, 'cert.pem'), join(out, 'key.pem')]
  for (const file of [cert, key]) {
    if (existsSync(file) && !force) throw new ConfigurationError(`${file} exists: --force overwrites it`)
  }
  mkdirSync(out, { recursive: true })
  // Beside their place, in a directory nobody else can look into: the key is never readable, the pair never half there.
  const made = mkdtempSync(join(out, '.cert-'))
  try {
    openssl(made, names, days)
    chmodSync(join(made, 'key.pem'), 0o600)
    renameSync(join(made, 'key.pem'), key)
    renameSync(join(made, 'cert.pem'), cert)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  process.stdout.write(`${cert}\n${key}\n`)
}

function openssl(directory: string, names: readonly string[], days: string): void {
  const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',')
  const settings = join(directory, 'settings')
  const lines = ['[req]', 'distinguished_name=who', 'x509_extensions=ext', '[who]', '[ext]']
  // Its own authority, so that `--tls-ca cert.pem` is all that a client needs.
  lines.push(`subjectAltName=${alternatives}`, 'basicConstraints=critical,CA:TRUE,pathlen:0')
  writeFileSync(settings, `${lines.join('\n')}\n`)
  const [out, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  const what = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-sha256', '-days', days]
  const where = ['-config', settings, '-subj', '/CN=it-serve development', '-keyout', key, '-out', out]
  try {
    execFileSync('openssl', ['req', '-x509', ...what, ...where], { stdio: 'pipe' })
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Uint8Array }
    if (code === 'ENOENT') throw new ConfigurationError('cert needs the program openssl, and it is not on the PATH')
    throw new ConfigurationError(`openssl made no certificate: ${String(stderr).trim()}`)
  }
}
