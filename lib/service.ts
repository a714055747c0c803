/** What a service is asked for, and what it is. */
import type { AdmissionDesk } from './admission/shared-admission.ts'
import type { ConnectionInfo } from './connection-info.ts'
import type { DatagramRules } from './gate/datagram-guard.ts'
import type { ServeLimits } from './limits.ts'
import type { Gate, OnEvent } from './server.ts'
import type { Stats } from './stats.ts'
import type { Traffic } from './traffic.ts'
import type { AcceptOptions } from './transport/accept.ts'
import type { Connection, Source } from './types.ts'

export interface ServeOptions<O> extends Omit<AcceptOptions, 'lingerMs'> {
  /** Where to listen, instead of the server's own endpoints; an empty list listens nowhere, see `Service.accept`. */
  listen?: string | readonly string[]
  /** Values for the server's options; what is left out has its default. */
  options?: Partial<O>
  /** What is allowed and how long it may take; what is left out has its default, see `serviceLimits`. None is infinite. */
  limits?: Partial<ServeLimits>
  /** Who else has a say in who gets in: limits that several services keep together, see `SharedAdmission`. */
  admission?: AdmissionDesk
  /** What runs in front of the handler, in this order. */
  gates?: readonly Gate[]
  /** Rates and other rules for UDP sockets. */
  datagrams?: DatagramRules
  /** Stops the service, with the default grace. */
  signal?: AbortSignal
  onEvent?: OnEvent
  /** Takes what the server reports; by default the lines are dropped. */
  report?: (line: string) => void
  /** What somebody types at the server's terminal; by default nobody does. */
  terminal?: Source<Uint8Array>
}

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
