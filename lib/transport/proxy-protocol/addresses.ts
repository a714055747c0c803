/** The addresses of version 2, as the kernel has them: IPv4, IPv6, or the two paths of a Unix socket. */
import { isIPv4, SocketAddress } from 'node:net'
import { InvalidOptionError } from '../../errors.ts'
import type { Address } from '../../types.ts'
import { address } from '../socket-connection.ts'

const pathBytes = 108

/** By number; 0 tells nothing. */
export const families: readonly { readonly bytes: number }[] = [
  { bytes: 0 },
  { bytes: 12 },
  { bytes: 36 },
  { bytes: 2 * pathBytes }
]

interface Pair {
  readonly source: Address
  readonly destination: Address
}

export function readAddresses(bytes: Uint8Array, at: number, family: number): Pair {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + at)
  if (family === 3)
    return { source: path(view.subarray(0, pathBytes)), destination: path(view.subarray(pathBytes, 216)) }
  const size = family === 1 ? 4 : 16
  const host = family === 1 ? ipv4 : ipv6
  return {
    source: address(host(view.subarray(0, size)), view.readUInt16BE(2 * size)),
    destination: address(host(view.subarray(size, 2 * size)), view.readUInt16BE(2 * size + 2))
  }
}

function ipv4(bytes: Buffer): string {
  return bytes.join('.')
}

/** In the system's own spelling. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address
}

/** Up to its NUL; one that begins with NUL has no file and is written with an `@`. */
function path(bytes: Buffer): Address {
  const from = bytes[0] === 0 ? 1 : 0
  const end = bytes.indexOf(0, from)
  const name = bytes.subarray(from, end === -1 ? bytes.length : end).toString()
  return { path: from === 1 && name !== '' ? `@${name}` : name }
}

export function addressBytes(family: number, source: Address, destination: Address): Uint8Array {
  if (family === 0) return new Uint8Array(0)
  if (family === 3) return Buffer.concat([source, destination].map(({ path = '' }) => ofPath(path)))
  const hosts = [source, destination].map(({ host = '' }) => (family === 1 ? ofIpv4(host) : ofIpv6(host)))
  const ports = [source, destination].map(({ port = 0 }) => Uint8Array.of(port >>> 8, port & 0xff))
  return Buffer.concat([...hosts, ...ports])
}

function ofPath(path: string): Uint8Array {
  const bytes = Buffer.alloc(pathBytes)
  const name = path.startsWith('@') ? `\0${path.slice(1)}` : path
  if (Buffer.byteLength(name) > pathBytes) throw new InvalidOptionError('path', path, `at most ${pathBytes} bytes`)
  bytes.write(name)
  return bytes
}

function ofIpv4(host: string): Uint8Array {
  return Uint8Array.from(host.split('.'), Number)
}

function ofIpv6(host: string): Uint8Array {
  if (isIPv4(host)) return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...ofIpv4(host))
  const plain = host.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':')
  )
  const [front = '', back] = plain.split('::')
  const numbers = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [head, tail] = [numbers(front), numbers(back ?? '')]
  const groups = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]))
}
