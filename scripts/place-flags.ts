/** The flags of where a server listens: who may connect to a Unix socket, and which proxies are believed. */
import type { Command } from 'commander'
import { InvalidOptionError, type ProxyProtocolOptions } from '../lib/index.ts'

export interface PlaceFlags {
  unixMode?: string
  proxyProtocol?: boolean
  proxyTrusted: string[]
}

export function addPlaceFlags(command: Command): void {
  command
    .option('--unix-mode <MODE>', 'permissions of Unix sockets, in octal (600: only this user may connect)')
    .option('--proxy-protocol', 'every connection begins with a PROXY header, version 1 or 2; needs --proxy-trusted')
    .option(
      '--proxy-trusted <SOURCE>',
      'a proxy whose headers are believed, may repeat: an address, a network (10.0.0.0/8), unix:; others are refused',
      (source: string, all: string[]) => [...all, ...source.split(',')],
      []
    )
}

/** @throws InvalidOptionError naming the flag */
export function readPlaceFlags({ unixMode, proxyProtocol, proxyTrusted }: PlaceFlags): {
  unixMode?: number
  proxyProtocol?: ProxyProtocolOptions
} {
  if (unixMode !== undefined && !/^0?[0-7]{3}$/.test(unixMode)) {
    throw new InvalidOptionError('--unix-mode', unixMode, 'permissions in octal, such as 600 or 660')
  }
  if (proxyProtocol === true && proxyTrusted.length === 0) {
    throw new InvalidOptionError('--proxy-trusted', undefined, 'the address of a proxy, for --proxy-protocol')
  }
  if (proxyProtocol !== true && proxyTrusted.length > 0) {
    throw new InvalidOptionError('--proxy-trusted', proxyTrusted.join(','), '--proxy-protocol to go with it')
  }
  return {
    ...(unixMode === undefined ? {} : { unixMode: Number.parseInt(unixMode, 8) }),
    ...(proxyProtocol === true ? { proxyProtocol: { trusted: proxyTrusted } } : {})
  }
}
