/** What a running service is, and what it can be asked to do. */
import type { ConnectionInfo } from './connection-info.ts'
import type { Stats } from './stats.ts'
import type { Traffic } from './traffic.ts'
import type { Connection } from './types.ts'

export interface Service {
  /** With the real ports. */
  readonly endpoints: readonly string[]
  readonly stats: Stats
  /** All open connections as they are now, found out one by one as the caller goes through them. */
  connections(): Iterable<ConnectionInfo>
  /** What went in and out so far. It looks at every open connection. */
  traffic(): Traffic
  /** Resolves when the service is over: stopped, or its one stdio connection is. */
  readonly finished: Promise<void>
  /**
   * Takes a connection from elsewhere: a memory pair, a listener of your own.
   *
   * @throws InvalidOptionError where the server is for datagrams only; the connection is cut
   */
  accept(connection: Connection): void
  /**
   * Reads the certificates of all `tls:` endpoints again; open connections keep theirs.
   *
   * @throws InvalidOptionError where they cannot be used: the old ones still are
   */
  reload(): Promise<void>
  /** Whether it takes new connections: from the start until `suspend` or `stop`. */
  readonly accepting: boolean
  /**
   * Takes nobody new until `resume`, and keeps who is here. Who connects finds nobody; at a socket that was handed to this
   * process (`fd:`), and at `accept`, the refusal is `suspended`. UDP sockets go on.
   */
  suspend(): Promise<void>
  /**
   * Goes on at the same endpoints.
   *
   * @throws ListenError where one of them was taken meanwhile: it stays suspended, and can be tried again
   * @throws AbortedError when the service was stopped
   */
  resume(): Promise<void>
  /** Accepts no more, lets open connections finish for `graceMs` (the limit `drainMs`), then cuts them. */
  stop(options?: { graceMs?: number }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
