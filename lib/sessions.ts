/**
 * The connections of one service: counts them exactly, runs gates and handler on each, names why each one ended.
 */
import {
  AbortedError,
  ConnectionError,
  ConnectionResetError,
  DeadlineError,
  FrameTooLargeError,
  PeerError,
  UnexpectedEndError
} from './errors.ts'
import { type CloseReason, closeReasons, type ServeEvent } from './events.ts'
import type { Gate, Handler } from './server.ts'
import type { BaseConnection } from './transport/base-connection.ts'
import type { Connection, Datagram } from './types.ts'

/** The books of a service: accepted = open + the sum of closed, always. */
export interface Stats {
  readonly accepted: number
  readonly open: number
  readonly refused: number
  readonly closed: Readonly<Record<CloseReason, number>>
}

interface Session {
  readonly id: number
  readonly began: number
  readonly connection: Connection
  /** The handler is through with it. */
  closing: boolean
}

interface Rules {
  readonly server: string
  readonly maxConnections: number
  readonly gates: readonly Gate[]
  readonly handle: Handler | undefined
  /** Makes the event only where somebody listens. */
  readonly emit: (make: () => ServeEvent) => void
  /** Aborted when the service stops. */
  readonly signal: AbortSignal
}

/**
 * While draining, a connection on which nothing moved for so long is told that its input is over; one whose handler is
 * through is not waited for any longer.
 */
const quietMs = 250

export class Sessions {
  readonly #rules: Rules
  readonly #open = new Set<Session>()
  readonly #datagrams: Promise<void>[] = []
  readonly #stats: { accepted: number; open: number; refused: number; closed: Record<CloseReason, number> }
  #empty: (() => void) | undefined
  #ids = 0

  constructor(rules: Rules) {
    this.#rules = rules
    const reasons = Object.keys(closeReasons) as CloseReason[]
    const closed = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<CloseReason, number>
    this.#stats = { accepted: 0, open: 0, refused: 0, closed }
  }

  get stats(): Stats {
    return this.#stats
  }

  /** Runs one connection from accept to close; never rejects. */
  run(connection: Connection): Promise<void> {
    const { server, emit, handle, maxConnections, signal } = this.#rules
    const stats = this.#stats
    if (signal.aborted || stats.open >= maxConnections || handle === undefined) {
      stats.refused++
      const reason = signal.aborted ? 'draining' : 'connection_limit'
      emit(() => ({ type: 'refuse', server, remote: connection.remote, reason }))
      connection.abort('the connection was refused')
      return Promise.resolve()
    }
    const session: Session = { id: ++this.#ids, began: performance.now(), connection, closing: false }
    stats.accepted++
    stats.open++
    this.#open.add(session)
    emit(() => ({ type: 'accept', server, id: session.id, remote: connection.remote, open: stats.open }))
    return this.#handle(connection, handle).then(
      () => this.#finish(session, undefined),
      (error: unknown) => this.#finish(session, { error })
    )
  }

  async #finish(session: Session, fault: { error: unknown } | undefined): Promise<void> {
    const { server, emit } = this.#rules
    const { id, began, connection } = session
    session.closing = true
    if (fault !== undefined) emit(() => ({ type: 'fault', server, id, remote: connection.remote, error: fault.error }))
    await connection.close()
    const error = fault?.error ?? (connection as Partial<BaseConnection<Uint8Array>>).brokenBy
    const reason = error === undefined ? 'finished' : reasonFor(error)
    this.#open.delete(session)
    this.#stats.open--
    this.#stats.closed[reason]++
    emit(() => ({
      type: 'close',
      server,
      id,
      remote: connection.remote,
      reason,
      ms: performance.now() - began,
      ...fault
    }))
    if (this.#open.size === 0) this.#empty?.()
  }

  /** Runs a UDP socket's handler until the socket is closed. A fault costs the batch in which it happened. */
  runDatagrams(socket: Connection<Datagram>, handle: Handler<Datagram>): void {
    const { server, emit } = this.#rules
    const running = (async () => {
      try {
        await handle(socket)
      } catch (error) {
        if (!this.#rules.signal.aborted) emit(() => ({ type: 'fault', server, id: 0, remote: socket.local, error }))
      } finally {
        await socket.close()
      }
    })()
    this.#datagrams.push(running)
  }

  /** Waits for all connections: quiet ones are told that their input is over, and at the deadline the rest are cut. */
  async drain(graceMs: number): Promise<void> {
    const all = new Promise<void>((resolve) => {
      this.#empty = resolve
      if (this.#open.size === 0) resolve()
    })
    const deadline = setTimeout(() => {
      for (const { connection } of this.#open) connection.abort(new DrainError(graceMs))
    }, graceMs)
    const seen = new Map<Session, number>()
    const quiet = setInterval(() => {
      for (const session of this.#open) {
        const connection = session.connection as Partial<BaseConnection<Uint8Array>>
        const moved = connection.moved ?? 0
        if (seen.get(session) === moved) {
          if (session.closing) connection.hangUp?.()
          else connection.endInput?.()
        }
        seen.set(session, moved)
      }
    }, quietMs)
    await all
    clearTimeout(deadline)
    clearInterval(quiet)
    await Promise.all(this.#datagrams)
  }

  /** Without gates there is nothing between: an idle connection keeps no frame of ours. */
  #handle(connection: Connection, handle: Handler): Promise<unknown> {
    try {
      return this.#rules.gates.length === 0
        ? Promise.resolve(handle(connection))
        : this.#throughGates(connection, handle)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #throughGates(connection: Connection, handle: Handler): Promise<void> {
    let peer = connection
    for (const gate of this.#rules.gates) peer = await gate(peer, { signal: this.#rules.signal })
    await handle(peer)
  }
}

class DrainError extends DeadlineError {
  constructor(ms: number) {
    super('the handler of a stopping server did not finish', ms)
  }
}

function reasonFor(error: unknown): CloseReason {
  if (error instanceof FrameTooLargeError) return 'frame_too_large'
  if (error instanceof UnexpectedEndError) return 'truncated'
  if (error instanceof PeerError) return 'malformed'
  if (error instanceof DrainError) return 'drain_timeout'
  if (error instanceof DeadlineError) return 'linger_timeout'
  if (error instanceof ConnectionResetError) return 'peer_reset'
  if (error instanceof AbortedError || error instanceof ConnectionError) return 'aborted'
  return 'handler_error'
}
