import type { Address, ProxyInfo } from '../types.ts'

/** Between whom a connection is, where its socket does not say it. */
export interface Place {
  readonly remote: Address
  readonly local: Address
  /** What the proxy in front of us said. */
  readonly proxy?: ProxyInfo | undefined
}

/** Both ends of a Unix socket are known by its path. */
export function atPath(path: string): Place {
  return { remote: { path }, local: { path } }
}
