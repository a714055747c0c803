/** What a server is: a plain value. The same value runs over TCP, a Unix socket, UDP, stdio, or a memory pair. */
import type { ServeEvent } from './events.ts'
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
  /** Makes the handler of connections; what connections share lives in here. */
  open?(options: O, context: ServerContext): Handler
  /** Makes the handler of a UDP socket. */
  openDatagrams?(options: O, context: ServerContext): Handler<Datagram>
  /** How a UDP socket of this server is opened, and what it may send. */
  readonly datagrams?: DatagramManners
}

/**
 * What runs in front of a server: takes the connection, says something first (a login, a header), and gives it on.
 * A rejection closes the connection.
 */
export type Gate = (peer: Connection, context: { signal: AbortSignal }) => Promise<Connection>

export type OnEvent = (event: ServeEvent) => void
