/**
 * The connections of one service: counts them exactly, runs gates and handler on each, names why each one ended.
 */

import { DrainError, endTheIdle } from './drain.ts'
import {
  ConnectionError,
  ConnectionResetError,
  DeadlineError,
  FrameTimeoutError,
  FrameTooLargeError,
  PeerError,
  UnexpectedEndError
} from './errors.ts'
import { type CloseReason, closeReasons, type DatagramRefusal, datagramRefusals, type ServeEvent } from './events.ts'
import type { Gate, Handler } from './server.ts'
import type { BaseConnection } from './transport/base-connection.ts'
import type { Connection, Datagram } from './types.ts'

/** The books of a service: accepted = open + the sum of closed, always. */
export interface Stats {
  readonly accepted: number
  readonly open: number
  readonly refused: number
  readonly closed: Readonly<Record<CloseReason, number>>
  /** Datagrams, and replies to them, that were refused. */
  readonly refusedDatagrams: Readonly<Record<DatagramRefusal, number>>
}

interface Session {
  readonly id: number
  readonly began: number
  readonly connection: Connection
  /** The handler is through with it. */
  closing: boolean
  /** It is in the books as closed. */
  closed: boolean
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

/** How long handlers have to notice that their connection was cut at the deadline. */
const noticeMs = 100

export class Sessions {
  readonly #rules: Rules
  readonly #open = new Set<Session>()
  readonly #datagrams: Promise<void>[] = []
  readonly #stats = {
    accepted: 0,
    open: 0,
    refused: 0,
    closed: noneOf(closeReasons),
    refusedDatagrams: noneOf(datagramRefusals)
  }
  #empty: (() => void) | undefined
  #ids = 0

  constructor(rules: Rules) {
    this.#rules = rules
  }

  get stats(): Stats {
    return this.#stats
  }

  /** Where refused datagrams are counted. */
  get refusedDatagrams(): Record<DatagramRefusal, number> {
    return this.#stats.refusedDatagrams
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
    const session: Session = { id: ++this.#ids, began: performance.now(), connection, closing: false, closed: false }
    stats.accepted++
    stats.open++
    this.#open.add(session)
    emit(() => ({ type: 'accept', server, id: session.id, remote: connection.remote, open: stats.open }))
    return this.#handle(connection, handle).then(
      () => this.#finish(session, undefined),
      (error: unknown) => this.#finish(session, { error })
    )
  }

  async #finish(session: Session, thrown: { error: unknown } | undefined): Promise<void> {
    let fault = thrown
    const { server, emit } = this.#rules
    const { id, connection } = session
    session.closing = true
    if (thrown !== undefined) {
      emit(() => ({ type: 'fault', server, id, remote: connection.remote, error: thrown.error }))
    }
    try {
      await connection.close()
    } catch (error) {
      fault ??= { error }
    }
    const { brokenBy } = connection as Partial<BaseConnection<Uint8Array>>
    if (fault !== undefined) this.#close(session, reasonFor(fault.error, brokenBy), fault)
    else this.#close(session, brokenBy === undefined ? 'finished' : reasonFor(brokenBy, brokenBy), undefined)
  }

  #close(session: Session, reason: CloseReason, fault: { error: unknown } | undefined): void {
    if (session.closed) return
    session.closed = true
    const { server, emit } = this.#rules
    const { id, began, connection } = session
    this.#open.delete(session)
    this.#stats.open--
    this.#stats.closed[reason]++
    emit(() => {
      const ms = performance.now() - began
      return { type: 'close', server, id, remote: connection.remote, reason, ms, ...fault }
    })
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

  /** Waits for all connections: the idle are ended, and at the deadline the rest is cut, whatever their handlers do. */
  async drain(graceMs: number): Promise<void> {
    const stopLooking = endTheIdle(this.#open)
    const all = new Promise<void>((resolve) => {
      this.#empty = resolve
      if (this.#open.size === 0) resolve()
    })
    const allHeard = Promise.all([all, ...this.#datagrams])
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        for (const { connection } of this.#open) connection.abort(new DrainError(false, graceMs))
        timer = setTimeout(resolve, noticeMs)
      }, graceMs)
    })
    await Promise.race([allHeard, deadline])
    clearTimeout(timer)
    stopLooking()
    for (const session of this.#open) this.#close(session, 'drain_timeout', undefined)
  }

  /** Cuts everything at once: the service could not be started. */
  abort(reason: Error): void {
    for (const { connection } of this.#open) connection.abort(reason)
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

/** A count of 0 for each reason. */
function noneOf<R extends string>(reasons: Readonly<Record<R, string>>): Record<R, number> {
  return Object.fromEntries(Object.keys(reasons).map((reason) => [reason, 0])) as Record<R, number>
}

/** Only what broke this connection can be laid to its peer or to us; another connection's end is the handler's affair. */
function reasonFor(error: unknown, brokenBy: Error | undefined): CloseReason {
  if (error instanceof DrainError) return error.quiet ? 'drained' : 'drain_timeout'
  if (error instanceof FrameTooLargeError) return 'frame_too_large'
  if (error instanceof FrameTimeoutError) return 'frame_timeout'
  if (error instanceof UnexpectedEndError) return 'truncated'
  if (error instanceof PeerError) return 'malformed'
  if (brokenBy instanceof DrainError) return 'drain_timeout'
  if (brokenBy === undefined || (error !== brokenBy && !(error instanceof ConnectionError))) return 'handler_error'
  if (brokenBy instanceof DeadlineError) return 'linger_timeout'
  return brokenBy instanceof ConnectionResetError ? 'peer_reset' : 'aborted'
}
