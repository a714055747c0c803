/** Version 1: one line of text, at most 107 bytes with its CRLF (section 2.1 of the specification). */
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import type { Address, ProxyHeader } from '../../types.ts'
import { address } from '../socket-connection.ts'
import { malformed, type ProxyHeaderFields, type ReadHeader, tooLarge } from './header.ts'

const prefix = 'PROXY '
/** The longest line that the specification knows. */
const maxBytes = 107

export function readVersion1(bytes: Uint8Array, limit: number): ReadHeader | undefined {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxBytes)).toString('latin1')
  if (!line.startsWith(prefix.slice(0, line.length))) throw malformed('the connection begins with no header')
  const end = line.search(/[\r\n]/)
  if (end !== -1 && line[end] === '\n') throw malformed('its line ends in a bare LF')
  if (end === -1 || end + 1 === line.length) {
    if (line.length === maxBytes) throw malformed(`its line has no end within ${maxBytes} bytes`)
    if (line.length >= limit) throw tooLarge(line.length + 1, limit)
    return undefined
  }
  if (line[end + 1] !== '\n') throw malformed('its line ends in a bare CR')
  if (end + 2 > limit) throw tooLarge(end + 2, limit)
  return { header: { version: 1, ...told(line.slice(prefix.length, end)), extensions: [] }, length: end + 2 }
}

function told(text: string): Pick<ProxyHeader, 'command' | 'source' | 'destination'> {
  if (text === 'UNKNOWN' || text.startsWith('UNKNOWN ')) return { command: 'proxy' }
  const [family, source = '', destination = '', from = '', to = '', ...more] = text.split(' ')
  if ((family !== 'TCP4' && family !== 'TCP6') || more.length > 0 || to === '') {
    throw malformed('its line is not TCP4, TCP6 or UNKNOWN, two addresses and two ports')
  }
  const host = family === 'TCP4' ? ipv4 : ipv6
  return {
    command: 'proxy',
    source: address(host(source), port(from)),
    destination: address(host(destination), port(to))
  }
}

/** Node's own check refuses leading zeros. */
function ipv4(text: string): string {
  if (!isIPv4(text)) throw malformed('one of its addresses is no IPv4 address')
  return text
}

function ipv6(text: string): string {
  if (!isIPv6(text) || text.includes('%')) throw malformed('one of its addresses is no IPv6 address')
  return new SocketAddress({ family: 'ipv6', address: text }).address
}

function port(text: string): number {
  if (!/^(0|[1-9]\d{0,4})$/.test(text) || Number(text) > 65_535) throw malformed('one of its ports is none')
  return Number(text)
}

export function formatVersion1({ source, destination, command }: ProxyHeaderFields): Uint8Array {
  const family = command === 'local' ? undefined : familyOf(source, destination)
  if (family === undefined) return Buffer.from(`${prefix}UNKNOWN\r\n`)
  const words = [source?.host, destination?.host, source?.port, destination?.port]
  return Buffer.from(`${prefix}${family} ${words.join(' ')}\r\n`)
}

function familyOf(source: Address = {}, destination: Address = {}): 'TCP4' | 'TCP6' | undefined {
  const both = (is: (host: string) => boolean): boolean => is(source.host ?? '') && is(destination.host ?? '')
  if (both(isIPv4)) return 'TCP4'
  return both((host) => isIPv6(host) && !host.includes('%')) ? 'TCP6' : undefined
}
