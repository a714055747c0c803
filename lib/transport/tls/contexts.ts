/**
 * The certificates of one TLS endpoint: read, checked, chosen by name, read again.
 *
 * A set is read and checked as a whole before any of it is used; one that does not fit together (a renewed certificate
 * whose key is not there yet) leaves the old one in use. Open connections keep what they have.
 */
import { unwatchFile, watchFile } from 'node:fs'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { InvalidOptionError } from '../../errors.ts'
import type { KeyPair, Pem, TlsListenOptions } from '../../tls-options.ts'
import { nameOf, readPem } from './pem.ts'
import { canonicalName } from './server-name.ts'
import { suites } from './suites.ts'

export class Contexts {
  readonly #options: TlsListenOptions
  readonly #files: ReadonlySet<string>
  #names = new Map<string, SecureContext>()
  #onChange: (() => void) | undefined

  constructor(options: TlsListenOptions) {
    this.#options = options
    const { cert, key, ca, clientCa, clientCrl, names = {} } = options
    const all = [cert, key, ca, clientCa, clientCrl, ...Object.values(names).flatMap((pair) => [pair.cert, pair.key])]
    this.#files = new Set(all.flatMap((pem) => (typeof pem === 'object' && 'file' in pem ? [pem.file] : [])))
  }

  /**
   * Reads all of it, and answers what the default context is made of.
   *
   * @throws InvalidOptionError for what cannot be read or does not fit; then nothing has changed
   */
  async load(): Promise<SecureContextOptions> {
    const { ca, clientCa, clientCrl, names = {} } = this.#options
    if (clientCrl !== undefined && clientCa === undefined) {
      throw new InvalidOptionError('tls.clientCa', undefined, 'what belongs to tls.clientCrl')
    }
    const chain = ca === undefined ? '' : await readPem('tls.ca', ca)
    const shared: SecureContextOptions = {
      ...suites,
      sessionIdContext: 'it-serve',
      ...(clientCa === undefined ? {} : { ca: await readPem('tls.clientCa', clientCa) }),
      ...(clientCrl === undefined ? {} : { crl: await readLists(clientCrl) })
    }
    const settings = await pairOf('tls', this.#options, chain, shared)
    const contexts = new Map<string, SecureContext>()
    for (const [name, pair] of Object.entries(names)) {
      const context = createSecureContext(await pairOf(`tls.names[${JSON.stringify(name)}]`, pair, '', shared))
      contexts.set(canonicalName('tls.names', name, 'pattern'), context)
    }
    this.#names = contexts
    return settings
  }

  /** The context for a name that a peer asks for, however it writes it. Undefined: the default one. */
  choose(asked: string): { context: SecureContext | undefined; known: boolean } {
    const name = asked.toLowerCase().replace(/\.$/, '')
    const context = this.#names.get(name) ?? this.#names.get(name.replace(/^[^.]+/, '*'))
    return { context, known: context !== undefined || this.#options.unknownName !== 'reject' }
  }

  /** Looks at the files now and then: that also sees a link that was moved, and a file that was replaced. */
  watch(everyMs: number, onChange: () => void): void {
    if (everyMs === 0) return
    this.#onChange = onChange
    for (const file of this.#files) watchFile(file, { interval: everyMs, persistent: false }, onChange)
  }

  close(): void {
    if (this.#onChange === undefined) return
    for (const file of this.#files) unwatchFile(file, this.#onChange)
  }
}

/** OpenSSL takes them one by one, and says of a wrong one only that it is. */
async function readLists(pem: Pem): Promise<string[]> {
  const text = await readPem('tls.clientCrl', pem)
  const lists = text.match(/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g) ?? []
  try {
    if (lists.length === 0) throw new Error('there is none in it')
    createSecureContext({ crl: lists })
  } catch (error) {
    const why = `lists of revoked certificates (X509 CRL): ${(error as Error).message}`
    throw new InvalidOptionError('tls.clientCrl', nameOf(pem), why)
  }
  return lists
}

async function pairOf(
  option: string,
  { cert, key }: KeyPair,
  chain: string,
  shared: SecureContextOptions
): Promise<SecureContextOptions> {
  const settings = {
    ...shared,
    cert: (await given(`${option}.cert`, cert)) + chain,
    key: await given(`${option}.key`, key)
  }
  try {
    createSecureContext(settings)
  } catch (error) {
    const where = `${nameOf(cert)}, ${nameOf(key)}`
    throw new InvalidOptionError(
      `${option}.cert and ${option}.key`,
      where,
      `a pair that fits: ${(error as Error).message}`
    )
  }
  return settings
}

function given(option: string, pem: Pem | undefined): Promise<string> {
  if (pem === undefined) throw new InvalidOptionError(option, pem, "PEM, or { file: 'path' }")
  return readPem(option, pem)
}
