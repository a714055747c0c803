/**
 * Whom a connection is counted for: an IPv4 address, or an IPv6 /64, for a host has as many addresses in it as it likes.
 * An IPv4 address in IPv6 clothes is the IPv4 address.
 */

/**
 * The source of an address; undefined where there is none (a Unix socket, a memory pair).
 *
 * @example sourceOf('2001:db8:1:2:3:4:5:6') // '2001:db8:1:2::/64'
 */
export function sourceOf(host: string | undefined): string | undefined {
  if (host === undefined || !host.includes(':')) return host
  const [address = '', zone] = host.toLowerCase().split('%')
  const groups = groupsOf(address)
  const [a, b, c, d, e, f, g = 0, h = 0] = groups
  if (a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0xffff) {
    return `${g >>> 8}.${g & 0xff}.${h >>> 8}.${h & 0xff}`
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16))
  return `${network.join(':')}::/64${zone === undefined ? '' : `%${zone}`}`
}

/** Whether it is this machine itself. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false
  if (!host.includes(':')) return host.startsWith('127.')
  const groups = groupsOf(host)
  return groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1
    ? true
    : (sourceOf(host)?.startsWith('127.') ?? false)
}

/** The eight numbers of an IPv6 address as the system writes it. */
function groupsOf(address: string): number[] {
  const [front = '', back] = address.split('::')
  const head = numbers(front)
  if (back === undefined) return head
  const tail = numbers(back)
  return [...head, ...Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail]
}

function numbers(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
