/** What can be told of one open connection. It is found out when somebody asks, and costs nothing before. */
import { BaseConnection } from './transport/base-connection.ts'
import type { Address, Connection } from './types.ts'
import type { Watch } from './watch/watch.ts'

/** One open connection, as it was at the moment of asking. Times in ms, sizes in bytes. */
export interface ConnectionInfo {
  /** The number by which events speak of it. */
  readonly id: number
  readonly remote: Address
  readonly local: Address
  /** Where it came in; undefined for what was given to `Service.accept`. */
  readonly endpoint: string | undefined
  /** `login`: in front of its handler. `open`: its handler is at work. `closing`: its handler is through with it. */
  readonly state: 'login' | 'open' | 'closing'
  readonly ageMs: number
  /** How long nothing came or went. It is looked at now and then, so it may be short by a second. */
  readonly idleMs: number
  readonly receivedBytes: number
  /** What the peer, or the kernel for it, has taken. On `tls:` endpoints as it is on the line. */
  readonly sentBytes: number
  /** What this process keeps of it in memory. */
  readonly bufferedBytes: number
}

/** What the books of a service know of a connection. */
export interface Booked {
  readonly id: number
  readonly began: number
  readonly connection: Connection
  readonly endpoint: string | undefined
  readonly watch: Watch
  readonly loggingIn: boolean
  readonly closing: boolean
}

export function connectionInfo(booked: Booked, now: number): ConnectionInfo {
  const { id, began, connection, endpoint, watch, loggingIn, closing } = booked
  return {
    id,
    remote: connection.remote,
    local: connection.local,
    endpoint,
    state: loggingIn ? 'login' : closing ? 'closing' : 'open',
    ageMs: Math.max(0, Math.round(now - began)),
    idleMs: Math.round(watch.idleMs(connection, now)),
    ...bytesOf(connection)
  }
}

/** Zeros for a connection that is not of this toolkit. */
export function bytesOf(connection: Connection): {
  receivedBytes: number
  sentBytes: number
  bufferedBytes: number
} {
  if (!(connection instanceof BaseConnection)) return { receivedBytes: 0, sentBytes: 0, bufferedBytes: 0 }
  const { taken, given, buffered } = connection
  return { receivedBytes: taken, sentBytes: given, bufferedBytes: buffered }
}
