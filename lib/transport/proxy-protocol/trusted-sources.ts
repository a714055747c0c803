import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { InvalidOptionError } from '../../errors.ts'
import type { Address } from '../../types.ts'

/** An IPv4 address in IPv6 clothes has these bits in front of it. */
const mappedBits = 96

/** Who may say for whom a connection is: addresses, networks, and the Unix sockets that we listen at. */
export class TrustedSources {
  readonly #four = new BlockList()
  readonly #six = new BlockList()
  #unix = false

  /**
   * @param entries `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`, `unix:`
   * @throws InvalidOptionError naming the entry that is none; nobody trusted is a mistake too
   */
  constructor(entries: readonly string[]) {
    if (!Array.isArray(entries) || entries.length === 0) {
      throw new InvalidOptionError(
        'proxyProtocol.trusted',
        entries,
        'a list of addresses, networks (10.0.0.0/8) or unix:'
      )
    }
    for (const entry of entries) this.#add(entry)
  }

  has({ host, path }: Address): boolean {
    if (host === undefined) return this.#unix && path !== undefined
    return isIPv4(host) ? this.#four.check(host, 'ipv4') : this.#six.check(host, 'ipv6')
  }

  #add(entry: string): void {
    if (entry === 'unix:') {
      this.#unix = true
      return
    }
    const [, host = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(entry)) ?? []
    const [, mapped] = /^::ffff:([\d.]+)$/i.exec(host) ?? []
    const most = isIPv4(host) ? 32 : 128
    const prefix = bits === undefined ? most : Number(bits)
    const known = isIPv4(host) || (isIPv6(host) && !host.includes('%'))
    if (!known || prefix > most || (mapped !== undefined && prefix < mappedBits)) {
      throw new InvalidOptionError(
        'proxyProtocol.trusted',
        entry,
        'an IP address, a network such as 10.0.0.0/8, or unix:'
      )
    }
    if (mapped !== undefined) this.#four.addSubnet(mapped, prefix - mappedBits, 'ipv4')
    else if (most === 32) this.#four.addSubnet(host, prefix, 'ipv4')
    else this.#six.addSubnet(host, prefix, 'ipv6')
  }
}
