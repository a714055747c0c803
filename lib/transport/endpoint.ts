/**
 * Endpoints are URLs: `tcp://host:port`, `tls://host:port`, `unix:/path`, `udp://host:port`, `stdio:`; and, to listen only,
 * sockets that are open already: `fd:3`, `systemd:name`, with TLS `tls+fd:3`, `tls+systemd:name`.
 *
 * Hosts and paths are checked before the system sees them: a NUL would cut a host short and connect to another, and a
 * Unix path over 107 bytes is silently cut by the kernel and bound under another name.
 */
import { InvalidOptionError } from '../errors.ts'
import type { Address } from '../types.ts'

export type Endpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number }
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'stdio' }
  | { readonly kind: 'fd'; readonly fd: number; readonly secure: boolean }
  | { readonly kind: 'systemd'; readonly name: string; readonly secure: boolean }

const schemes = ['tcp', 'tls', 'udp', 'unix', 'stdio', 'fd', 'systemd', 'tls+fd', 'tls+systemd'] as const

/** How an endpoint is written, for messages. */
export const endpointForms =
  'tcp://host:port, tls://host:port, udp://host:port, unix:/path, stdio:, fd:number or systemd:name'

interface Handed {
  readonly fd: number
  readonly name: string
  readonly secure: boolean
}

/** The longest path that fits `sockaddr_un`, in bytes. */
const maxPathBytes = 107

/** Whether a text begins with a scheme that is an endpoint's. */
export function isEndpoint(text: string): boolean {
  return schemes.some((scheme) => text.startsWith(`${scheme}:`))
}

/**
 * Reads an endpoint. IPv6 hosts stand in brackets: `tcp://[::1]:1060`.
 *
 * @throws InvalidOptionError naming what is wrong with it
 * @example parseEndpoint('tcp://127.0.0.1:1060') // { kind: 'tcp', host: '127.0.0.1', port: 1060 }
 */
export function parseEndpoint(text: string): Endpoint {
  const wrong = (expected: string): InvalidOptionError => new InvalidOptionError('endpoint', text, expected)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
  if (/[\u0000-\u0020\u007f]/.test(text)) throw wrong('no control characters or blanks')
  if (text === 'stdio:') return { kind: 'stdio' }
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '')
    if (path === '') throw wrong('unix:/path')
    // Linux gives such sockets no file, and so no permissions.
    if (path.startsWith('@')) throw wrong('a path, for a socket without a file is open to everybody (a file: ./@name)')
    const bytes = Buffer.byteLength(path)
    if (bytes > maxPathBytes) throw wrong(`a path of at most ${maxPathBytes} bytes, not ${bytes}`)
    return { kind: 'unix', path }
  }
  const handed = inheritedEndpoint(text)
  if (handed !== undefined) return handed
  const parts = /^(tcp|tls|udp):\/\/(?:\[([0-9a-fA-F:.%\w]+)\]|([^[\]:/?#@]+)):(\d{1,5})\/?$/.exec(text)
  if (parts === null) throw wrong(`${endpointForms} (IPv6 hosts in brackets)`)
  const [, kind, six, name, digits] = parts
  const port = Number(digits)
  if (port > 65_535) throw wrong('a port from 0 to 65535')
  return { kind: kind as 'tcp' | 'tls' | 'udp', host: (six ?? name) as string, port }
}

/** A name of systemd's is any ASCII but a colon; a descriptor that the system could give has at most 7 digits. */
function inheritedEndpoint(text: string): Endpoint | undefined {
  const [, tls, kind, what] = /^(tls\+)?(?:(fd|systemd):)([^:]{1,255})$/.exec(text) ?? []
  const secure = tls !== undefined
  if (kind === 'systemd') return { kind, name: what as string, secure }
  return kind === 'fd' && /^(0|[1-9]\d{0,6})$/.test(what as string) ? { kind, fd: Number(what), secure } : undefined
}

/** Writes an address as an endpoint. @example formatEndpoint('tcp', { host: '::1', port: 7 }) // 'tcp://[::1]:7' */
export function formatEndpoint(
  kind: Endpoint['kind'],
  { host = '', port = 0, path = '', fd = 0, name = '', secure = false }: Address & Partial<Handed>
): string {
  if (kind === 'fd' || kind === 'systemd') return `${secure ? 'tls+' : ''}${kind}:${kind === 'fd' ? fd : name}`
  if (kind === 'stdio') return 'stdio:'
  if (kind === 'unix') return `unix:${path}`
  return `${kind}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
