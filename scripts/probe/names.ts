/**
 * Names of hosts and services as the system knows them: hosts(5), services(5), the resolver.
 *
 * Node's lookup does not tell the canonical name. The hosts file does (its first name), and so does the DNS (CNAME), which
 * is asked for names that the file does not have.
 */
import { lookup, Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { InvalidOptionError } from '../../lib/index.ts'
import { NoHostError } from '../exit-status.ts'

export interface Resolved {
  readonly name: string
  readonly canonicalName: string
  /** In the order in which a client tries them. */
  readonly addresses: readonly { readonly address: string; readonly family: 4 | 6 }[]
}

/** No more CNAMEs follow each other in an honest zone. */
const maxAliases = 8
const dnsMs = 2_000

/**
 * @param hosts text of a hosts file that is asked instead of the system
 * @throws NoHostError for a name that does not resolve
 */
export async function resolveHost(name: string, hosts?: string): Promise<Resolved> {
  const family = isIP(name)
  if (family !== 0) return { name, canonicalName: name, addresses: [{ address: name, family: family as 4 | 6 }] }
  // What holds a NUL or a blank would be cut there by the system, and another name be asked for.
  if (!/^[^\s\0/:@]{1,253}$/.test(name)) throw new InvalidOptionError('host', name, 'a host name or an IP address')
  if (hosts !== undefined) {
    const lines = entriesOf(hosts).filter(({ names }) => names.includes(name.toLowerCase()))
    if (lines.length === 0) throw new NoHostError(`cannot resolve ${name}: no such name in the hosts file`)
    const addresses = lines.map(({ address }) => ({ address, family: isIP(address) as 4 | 6 }))
    return { name, canonicalName: lines[0]?.names[0] ?? name, addresses }
  }
  try {
    const found = await lookup(name, { all: true })
    const addresses = found.map(({ address, family: kind }) => ({ address, family: kind as 4 | 6 }))
    return { name, canonicalName: await canonicalNameOf(name), addresses }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOTFOUND' ? 'no such name' : code === 'EAI_AGAIN' ? 'the name server does not answer' : code
    throw new NoHostError(`cannot resolve ${name}: ${why}`, { cause: error })
  }
}

async function canonicalNameOf(name: string): Promise<string> {
  const local = entriesOf(readIfThere('/etc/hosts')).find(({ names }) => names.includes(name.toLowerCase()))
  if (local !== undefined) return local.names[0] ?? name
  const resolver = new Resolver({ timeout: dnsMs, tries: 1 })
  let canonical = name
  for (let step = 0; step < maxAliases; step++) {
    try {
      canonical = (await resolver.resolveCname(canonical))[0] ?? canonical
    } catch {
      break
    }
  }
  return canonical
}

function entriesOf(hosts: string): { address: string; names: string[] }[] {
  return fieldsOf(hosts).flatMap(([address = '', ...names]) =>
    isIP(address) === 0 || names.length === 0 ? [] : [{ address, names: names.map((one) => one.toLowerCase()) }]
  )
}

/**
 * The port of a service on TCP: a number, or a name or alias of services(5).
 *
 * @throws InvalidOptionError for one that is neither
 */
export function portOf(service: string, services: string = readIfThere('/etc/services')): number {
  if (/^\d{1,5}$/.test(service)) {
    const port = Number(service)
    if (port < 1 || port > 65_535) throw new InvalidOptionError('service', service, 'a port from 1 to 65535')
    return port
  }
  for (const [name, where = '', ...aliases] of fieldsOf(services)) {
    const [port, protocol] = where.split('/')
    if (protocol === 'tcp' && (name === service || aliases.includes(service))) return Number(port)
  }
  throw new InvalidOptionError('service', service, 'a port, or a service of TCP that /etc/services names')
}

/** Lines of fields, without comments. */
function fieldsOf(text: string): string[][] {
  return text.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
