/** Version 2: 16 bytes, addresses by family, then extensions as type, length, value (section 2.2 of the specification). */
import { isIPv4, isIPv6 } from 'node:net'
import { InvalidOptionError } from '../../errors.ts'
import type { Address, ProxyHeader } from '../../types.ts'
import { addressBytes, families, readAddresses } from './addresses.ts'
import { crc32c } from './crc32c.ts'
import { malformed, type ProxyHeaderFields, type ReadHeader, tooLarge } from './header.ts'

const signature = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const headBytes = 16
const types = { checksum: 3, noop: 4, uniqueId: 5 } as const
const maxUniqueIdBytes = 128

export function readVersion2(bytes: Uint8Array, limit: number): ReadHeader | undefined {
  for (let index = 0; index < signature.length && index < bytes.length; index++) {
    if (bytes[index] !== signature[index]) throw malformed('the connection begins with no header')
  }
  const [versionAndCommand, familyAndTransport] = [bytes[12], bytes[13]]
  if (versionAndCommand !== undefined && versionAndCommand >>> 4 !== 2) throw malformed('its version is not 1 or 2')
  if (versionAndCommand !== undefined && (versionAndCommand & 0xf) > 1) throw malformed('its command is none')
  if (versionAndCommand === undefined || familyAndTransport === undefined || bytes.length < headBytes) return undefined
  const length = headBytes + (bytes[14] as number) * 256 + (bytes[15] as number)
  if (length > limit) throw tooLarge(length, limit)
  const local = (versionAndCommand & 0xf) === 0
  const [family, transport] = [familyAndTransport >>> 4, familyAndTransport & 0xf]
  if (!local && (family > 3 || transport > 2)) throw malformed('its address family or transport is none')
  const size = families[family]?.bytes ?? 0
  if (!local && length < headBytes + size) throw malformed(`its addresses need ${size} bytes`)
  if (bytes.length < length) return undefined
  // Of a connection of the proxy's own, or of an unknown kind, all the rest is to be ignored.
  if (local || family === 0 || transport === 0) return { header: unspecified(local), length }
  const extensions = readExtensions(bytes.subarray(0, length), headBytes + size)
  // A datagram has no part in a stream: such addresses are not this connection's.
  if (transport === 2) return { header: { ...unspecified(false), extensions }, length }
  return { header: { version: 2, command: 'proxy', ...readAddresses(bytes, headBytes, family), extensions }, length }
}

function unspecified(local: boolean): ProxyHeader {
  return { version: 2, command: local ? 'local' : 'proxy', extensions: [] }
}

function readExtensions(header: Uint8Array, from: number): ProxyHeader['extensions'] {
  const extensions: { type: number; value: Uint8Array }[] = []
  let at = from
  while (at < header.length) {
    const begin = at + 3
    const end = begin + (header[at + 1] ?? 0) * 256 + (header[at + 2] ?? 0)
    if (begin > header.length || end > header.length) throw malformed('an extension goes beyond its end')
    const type = header[at] as number
    if (type === types.checksum) verify(header, begin, end)
    if (type === types.uniqueId && end - begin > maxUniqueIdBytes) throw malformed('its unique id is over 128 bytes')
    if (type !== types.checksum && type !== types.noop)
      extensions.push({ type, value: new Uint8Array(header.subarray(begin, end)) })
    at = end
  }
  return extensions
}

function verify(header: Uint8Array, begin: number, end: number): void {
  if (end - begin !== 4) throw malformed('its checksum is not 4 bytes')
  const zeroed = new Uint8Array(header).fill(0, begin, end)
  const told = new DataView(header.buffer, header.byteOffset).getUint32(begin)
  if (crc32c(zeroed) !== told) throw malformed('its checksum is wrong')
}

export function formatVersion2(fields: ProxyHeaderFields): Uint8Array {
  const { source = {}, destination = {}, command = 'proxy', extensions = [], checksum = false } = fields
  const family = command === 'local' ? 0 : familyOf(source, destination)
  const parts = [Uint8Array.of(...signature, command === 'local' ? 0x20 : 0x21, family === 0 ? 0 : (family << 4) | 1)]
  const addresses = addressBytes(family, source, destination)
  // Where there are no addresses nobody reads further.
  const rest = family === 0 ? [] : extensions.map(({ type, value }) => extension(chosen(type), value))
  if (checksum && family !== 0) rest.push(extension(types.checksum, new Uint8Array(4)))
  const length = addresses.length + rest.reduce((sum, { length }) => sum + length, 0)
  if (length > 65_535) throw new InvalidOptionError('extensions', length, 'at most 65535 bytes with the addresses')
  const header = Buffer.concat([...parts, Uint8Array.of(length >>> 8, length & 0xff), addresses, ...rest])
  if (checksum && family !== 0) header.writeUInt32BE(crc32c(header), header.length - 4)
  return new Uint8Array(header)
}

function extension(type: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(type, value.length >>> 8, value.length & 0xff), value])
}

function chosen(type: number): number {
  if (Number.isInteger(type) && type >= 0 && type <= 255 && type !== types.checksum) return type
  throw new InvalidOptionError('extension type', type, 'a byte, and not the checksum, which is an option')
}

function familyOf(source: Address, destination: Address): number {
  const both = (is: (host: string) => boolean): boolean => is(source.host ?? '') && is(destination.host ?? '')
  if (both(isIPv4)) return 1
  // One of them in IPv4 is written in IPv6 clothes.
  if (both((host) => isIPv4(host) || (isIPv6(host) && !host.includes('%')))) return 2
  return source.path !== undefined && destination.path !== undefined ? 3 : 0
}
