/** Who counts as one sender: an IPv4 address, or an IPv6 network of 64 bits, for whoever has one of its addresses has all. */

const groups = 8
const networkGroups = 4

/** @example sourceGroup('2001:db8:0:7:1::9') // '2001:db8:0:7' */
export function sourceGroup(host: string): string {
  if (!host.includes(':')) return host
  const [address = ''] = host.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1] as string
  const [front = '', back] = address.split('::')
  const first = front === '' ? [] : front.split(':')
  const last = back === undefined || back === '' ? [] : back.split(':')
  const zeros = Array.from({ length: Math.max(0, groups - first.length - last.length) }, () => '0')
  const network = [...first, ...zeros, ...last].slice(0, networkGroups)
  return network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}

export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host.startsWith('::ffff:127.')
}
