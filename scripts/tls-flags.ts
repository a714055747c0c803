/** The TLS flags of servers and clients: files, named as they were named on the command line when something is wrong. */
import { InvalidOptionError, type TlsConnectOptions, type TlsListenOptions } from '../lib/index.ts'
import { ConfigurationError } from './exit-status.ts'

export interface TlsFlags {
  tlsCert?: string
  tlsKey?: string
  tlsCa?: string
  tlsClientCa?: string
  tlsClientCrl?: string
  tlsServerName?: string
}

/** @throws InvalidOptionError where flags and endpoints do not go together */
export function serverTls(
  { tlsCert, tlsKey, tlsCa, tlsClientCa, tlsClientCrl }: TlsFlags,
  listen: readonly string[]
): TlsListenOptions | undefined {
  const secured = listen.find((endpoint) => /^tls[:+]/.test(endpoint))
  const [flag, value] =
    Object.entries({ tlsCert, tlsKey, tlsCa, tlsClientCa, tlsClientCrl }).find(([, file]) => file !== undefined) ?? []
  if (secured === undefined && flag === undefined) return undefined
  if (secured === undefined)
    throw new InvalidOptionError(
      dashed(flag as string),
      value,
      'a tls:// endpoint to go with it, or tls+fd:, tls+systemd:'
    )
  if (tlsCert === undefined) throw new InvalidOptionError('--tls-cert', undefined, `a file, for ${secured}`)
  if (tlsKey === undefined) throw new InvalidOptionError('--tls-key', undefined, `a file, for --tls-cert ${tlsCert}`)
  const [ca, clientCa, clientCrl] = [tlsCa, tlsClientCa, tlsClientCrl].map((file) =>
    file === undefined ? undefined : { file }
  )
  return { cert: { file: tlsCert }, key: { file: tlsKey }, ca, clientCa, clientCrl }
}

/** Undefined where no flag was given: then those authorities are trusted that Node knows. */
export function clientTls({ tlsCert, tlsKey, tlsCa, tlsServerName }: TlsFlags): TlsConnectOptions | undefined {
  if ([tlsCert, tlsKey, tlsCa, tlsServerName].every((flag) => flag === undefined)) return undefined
  const [cert, key, ca] = [tlsCert, tlsKey, tlsCa].map((file) => (file === undefined ? undefined : { file }))
  return { cert, key, ca, serverName: tlsServerName }
}

/** @throws ConfigurationError that names the flag, where the library named its option */
export async function withFlagNames<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error
    if (error.option === 'proxyProtocol.trusted') {
      const [, expected = ''] = error.message.split(': expected ')
      throw new InvalidOptionError('--proxy-trusted', error.value, expected)
    }
    if (!error.option.startsWith('tls.')) throw error
    const message = error.message.replace(/\btls\.(\w+)/g, (_, name: string) => dashed(`tls-${name}`))
    throw error.option === 'tls.serverName'
      ? new InvalidOptionError('--tls-server-name', error.value, 'a host name of at most 253 letters')
      : new ConfigurationError(message, { cause: error })
  }
}

function dashed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
