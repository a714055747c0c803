/**
 * `it-serve probe tls HOST PORT` and `it-serve probe connect HOST SERVICE`: looks at a server as its clients see it.
 *
 * Exit status: 0 all is well, 1 something is wrong with it, 68 no such name, 69 nobody listens there.
 */
import { readFileSync } from 'node:fs'
import type { SecureVersion } from 'node:tls'
import { Command } from 'commander'
import { InvalidOptionError } from '../../lib/index.ts'
import { ConfigurationError, status, UnavailableError } from '../exit-status.ts'
import { wholeNumberFlag } from '../option-flags.ts'
import { paintFor } from '../paint.ts'
import { connectReport } from './connect-report.ts'
import { portOf, resolveHost } from './names.ts'
import { connectTable, tlsTable } from './tables.ts'
import { clientPair, pemBlocks, tlsReport } from './tls-report.ts'

interface Given {
  json: boolean
  timeoutMs: string
  hosts?: string
}

interface GivenTls extends Given {
  ca?: string
  cert?: string
  key?: string
  ciphers?: string
  version?: string
}

const spelled: Readonly<Record<string, SecureVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3'
}

export function probeCommand(): Command {
  const probe = new Command('probe').description('look at a server as its clients see it')
  common(
    probe.command('tls').description('what a TLS server shows: certificate, version, cipher, and what is wrong with it')
  )
    .argument('<host>', 'its name, which must stand in its certificate, or its address')
    .argument('<port>', 'its port, or the name of its service')
    .option('--ca <FILE>', 'authorities to trust, instead of those that Node knows')
    .option('--cert <FILE>', 'our own certificate and key, for servers that ask for one')
    .option('--key <FILE>', 'the key, where it stands in a file of its own')
    .option('--ciphers <LIST>', 'ciphers to offer, as OpenSSL writes them')
    .option('--version <VERSION>', `one version only: ${Object.keys(spelled).join(', ')}`)
    .action(probeTls)
  common(probe.command('connect').description('which addresses a name has, and which of them answer'))
    .argument('<host>', 'a name or an address')
    .argument('<service>', 'a port, or the name of a service')
    .action(probeConnect)
  return probe
}

function common(command: Command): Command {
  return command
    .option('--hosts <FILE>', 'a hosts file to ask instead of the system')
    .option('--timeout-ms <MS>', 'how long to wait for each answer', '5000')
    .option('--json', 'the same as JSON', false)
}

async function probeTls(host: string, service: string, given: GivenTls): Promise<void> {
  const version = given.version === undefined ? undefined : spelled[given.version]
  if (given.version !== undefined && version === undefined) {
    throw new InvalidOptionError('--version', given.version, Object.keys(spelled).join(', '))
  }
  if (given.key !== undefined && given.cert === undefined)
    throw new InvalidOptionError('--cert', undefined, 'a file, for --key')
  const { port, timeoutMs, resolved } = await asked(host, service, given)
  const cert = read('--cert', given.cert)
  const report = await tlsReport({
    host,
    port,
    timeoutMs,
    addresses: resolved.addresses.map(({ address }) => address),
    ca: authorities(given.ca),
    client: cert === undefined ? undefined : pair(cert, given),
    ciphers: given.ciphers,
    version
  })
  show(given, report, () => tlsTable(report, paintFor(process.stdout)))
  if (!report.ok) process.exitCode = status.failed
}

async function probeConnect(host: string, service: string, given: Given): Promise<void> {
  const { port, timeoutMs, resolved } = await asked(host, service, given)
  const report = await connectReport(resolved, { service, port, timeoutMs })
  show(given, report, () => connectTable(report, paintFor(process.stdout)))
  if (report.ok) return
  throw new UnavailableError(`cannot connect to ${host}, port ${port}: no address of it answers`)
}

async function asked(host: string, service: string, given: Given) {
  const port = portOf(service)
  const timeoutMs = wholeNumberFlag('--timeout-ms', given.timeoutMs, 1, 600_000)
  return { port, timeoutMs, resolved: await resolveHost(host, read('--hosts', given.hosts)) }
}

function show(given: Given, report: object, table: () => string[]): void {
  process.stdout.write(given.json ? `${JSON.stringify(report, null, 2)}\n` : `${table().join('\n')}\n`)
}

function authorities(file: string | undefined): string | undefined {
  const pem = read('--ca', file)
  if (pem !== undefined && pemBlocks(pem).length === 0)
    throw new ConfigurationError(`--ca ${file}: it has no certificate`)
  return pem
}

function pair(cert: string, { cert: file, key }: GivenTls): { cert: string; key: string } {
  try {
    return clientPair(cert, read('--key', key) ?? cert)
  } catch (error) {
    throw new ConfigurationError(
      `${key === undefined ? `--cert ${file}` : `--key ${key}`}: ${(error as Error).message}`
    )
  }
}

function read(flag: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigurationError(`${flag} ${file}: ${(error as Error).message}`, { cause: error })
  }
}
