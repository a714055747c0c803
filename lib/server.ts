/** What a server is: a plain value. The same value runs over TCP, a Unix socket, UDP, stdio, or a memory pair. */
import type { AuthAttempt, ServeEvent } from './events.ts'
import type { ServeLimits } from './limits.ts'
import type { OptionTable } from './options.ts'
import type { Connection, Datagram, Source } from './types.ts'

/** What a protocol of datagrams does. */
export interface DatagramManners {
  /** Several sockets may share the port; each hears every broadcast (false). */
  readonly shared?: boolean
  /** It sends to broadcast addresses (false). */
  readonly broadcast?: boolean
  /** What is sent: one reply to each request at most (`one`, the default), nothing (`none`), or whatever (`any`). */
  readonly replies?: 'one' | 'none' | 'any'
  /** A reply may have so many bytes, also where its request is shorter (0). */
  readonly replyBytes?: number
}

/** What a server is given when it opens. */
export interface ServerContext {
  /** Aborted when the service begins to stop. */
  readonly signal: AbortSignal
  /** Where the server says what it exists to say, a line at a time (a datagram heard, a message received). */
  report(line: string): void
  /**
   * What somebody types at the terminal of the server; it ends at once where nobody does. Reading it is what takes it, so
   * a server that has no use for it leaves it alone.
   */
  readonly terminal: Source<Uint8Array>
}

/** Handles one connection; when it settles, the connection is closed. A rejection ends this connection only. */
export type Handler<T = Uint8Array> = (peer: Connection<T>) => Promise<unknown>

/**
 * A protocol, its defaults and its pipeline.
 *
 * @example
 *   const echo: Server = {
 *     name: 'echo',
 *     endpoints: ['tcp://127.0.0.1:20000'],
 *     open: () => (peer) => pipe(peer, peer)
 *   }
 */
export interface Server<O = Record<string, never>> {
  readonly name: string
  /** One line for `--help`. */
  readonly summary?: string
  /** Where it listens unless told otherwise. */
  readonly endpoints: readonly string[]
  readonly options?: OptionTable<O>
  /** Where its limits differ from {@link serviceLimits}: people who type need more time than programs. */
  readonly limits?: Partial<ServeLimits>
  /**
   * Its connections share what `open` made (the rooms of a chat), so that all of them must be in one process (false).
   * Then the command refuses to run it in several workers.
   */
  readonly sharedState?: boolean
  /**
   * Who is not on this machine must log in: `serve` refuses to listen off loopback unless a gate is a login, or client
   * certificates are asked for (false).
   */
  readonly loginOffLoopback?: boolean
  /**
   * Answers a question that its options ask, instead of serving: the command line prints the lines and exits, with status
   * 1 where it is not `ok`. Undefined where none was asked.
   */
  explain?(options: O): { readonly ok: boolean; readonly lines: readonly string[] } | undefined
  /** Makes the handler of connections; what connections share lives in here. */
  open?(options: O, context: ServerContext): Handler
  /** What this protocol itself has in front of its handler, behind the gates of the service: a login of its own. */
  gates?(options: O): readonly Gate[]
  /** Makes the handler of a UDP socket. */
  openDatagrams?(options: O, context: ServerContext): Handler<Datagram>
  /** How a UDP socket of this server is opened, and what it may send. */
  readonly datagrams?: DatagramManners
}

/** What a gate is given beside the connection. */
export interface GateContext {
  /** Aborted when the service begins to stop. */
  readonly signal: AbortSignal
  /** Makes an event of an attempt to log in. */
  attempt?(attempt: AuthAttempt): void
}

/**
 * What runs in front of a server: takes the connection, says something first (a login, a header), and gives it on.
 * A rejection closes the connection.
 */
export interface Gate {
  (peer: Connection, context: GateContext): Promise<Connection>
  /** Only who proved to be somebody gets through (false). */
  readonly login?: boolean
}

export type OnEvent = (event: ServeEvent) => void
