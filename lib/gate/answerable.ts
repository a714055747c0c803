/**
 * Whether a datagram's sender can be one: a single host, at a port. A forged sender may be a whole network, and then one
 * answer is the amplifier's work.
 */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Address } from '../types.ts'

/** Whether one host can be answered at that address; `broadcasts` are those of our own networks. */
export function isAnswerable({ host = '', port = 0 }: Address, broadcasts: ReadonlySet<string>): boolean {
  if (port === 0) return false
  if (host.includes(':')) return host !== '::' && !/^ff/i.test(host)
  // 0/8 is nobody, 224/4 multicast, 240/4 reserved, with 255.255.255.255 for everybody.
  const first = Number.parseInt(host, 10)
  return first > 0 && first < 224 && !broadcasts.has(host)
}

/** The broadcast addresses of the networks that this machine is in at present. */
export function broadcastAddresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): Set<string> {
  const all = Object.values(interfaces).flatMap((infos) => infos ?? [])
  const found = all.filter(({ family, netmask }) => family === 'IPv4' && netmask !== '255.255.255.255')
  return new Set(found.map(({ address, netmask }) => broadcastOf(address.split('.'), netmask.split('.'))))
}

function broadcastOf(address: string[], netmask: string[]): string {
  return address.map((part, index) => Number(part) | (~Number(netmask[index]) & 0xff)).join('.')
}
