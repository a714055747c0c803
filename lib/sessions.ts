/**
 * The connections of one service: counts them exactly, runs gates and handler on each, names why each one ended.
 */

import { Admission, type AdmissionRules } from './admission/admission.ts'
import { DrainError, endTheIdle } from './drain.ts'
import {
  ConnectionError,
  ConnectionResetError,
  DeadlineError,
  FrameTimeoutError,
  FrameTooLargeError,
  LimitError,
  PeerError,
  UnexpectedEndError
} from './errors.ts'
import {
  type CloseReason,
  closeReasons,
  type DatagramRefusal,
  datagramRefusals,
  type RefuseReason,
  refuseReasons,
  type ServeEvent
} from './events.ts'
import type { Gate, Handler } from './server.ts'
import { BaseConnection } from './transport/base-connection.ts'
import type { Address, Connection, Datagram } from './types.ts'
import { Ledger } from './watch/ledger.ts'
import { LoginMeter } from './watch/login-meter.ts'
import { Rounds } from './watch/rounds.ts'
import { type Verdict, Watch } from './watch/watch.ts'

/** The books of a service: accepted = open + the sum of closed, always. */
export interface Stats {
  readonly accepted: number
  readonly open: number
  readonly refused: number
  /** `refused`, by reason. */
  readonly refusals: Readonly<Record<RefuseReason, number>>
  readonly closed: Readonly<Record<CloseReason, number>>
  /** Datagrams, and replies to them, that were refused. */
  readonly refusedDatagrams: Readonly<Record<DatagramRefusal, number>>
}

interface Session {
  readonly id: number
  /** By the clock of the service. */
  readonly began: number
  readonly connection: Connection
  readonly watch: Watch
  /** It is in front of its login. */
  loggingIn: boolean
  /** Why it is ended by a limit, and since when. */
  verdict: { readonly error: Verdict; at: number } | undefined
  /** The handler is through with it. */
  closing: boolean
  /** It is in the books as closed. */
  closed: boolean
}

interface Rules extends Omit<AdmissionRules, 'gated'> {
  readonly server: string
  readonly gates: readonly Gate[]
  readonly handle: Handler | undefined
  /** Makes the event only where somebody listens. */
  readonly emit: (make: () => ServeEvent) => void
  /** Aborted when the service stops. */
  readonly signal: AbortSignal
}

/** How long handlers have to notice that their connection was cut at a deadline. */
const noticeMs = 100

export class Sessions {
  readonly #rules: Rules
  readonly #open = new Set<Session>()
  readonly #datagrams: Promise<void>[] = []
  readonly #admission: Admission
  readonly #ledger: Ledger
  readonly #rounds: Rounds<Session>
  readonly #stats: {
    accepted: number
    open: number
    refused: number
    readonly refusals: Record<RefuseReason, number>
    readonly closed: Record<CloseReason, number>
    readonly refusedDatagrams: Record<DatagramRefusal, number>
  }
  /** Nobody is taken just now. */
  suspended = false
  #empty: (() => void) | undefined
  #ids = 0

  constructor(rules: Rules) {
    this.#rules = rules
    const { limits, clock, gates } = rules
    this.#admission = new Admission({ ...rules, gated: gates.length > 0 })
    this.#ledger = new Ledger(limits.totalBufferedBytes, limits.bufferedBytes, this.#open)
    const { loginMs, slowReaderMs, writeStallMs, frameMs, idleMs, sessionMs } = limits
    const shortest = Math.min(
      gates.length > 0 ? loginMs : idleMs,
      slowReaderMs,
      writeStallMs,
      frameMs,
      idleMs,
      sessionMs
    )
    this.#rounds = new Rounds(clock, shortest, this.#open, (session, now) => this.#look(session, now))
    this.#stats = {
      accepted: 0,
      open: 0,
      refused: 0,
      refusals: zeros(refuseReasons),
      closed: zeros(closeReasons),
      refusedDatagrams: zeros(datagramRefusals)
    }
  }

  get stats(): Stats {
    return this.#stats
  }

  /** Where refused datagrams are counted. */
  get refusedDatagrams(): Record<DatagramRefusal, number> {
    return this.#stats.refusedDatagrams
  }

  /** Whether new connections are looked at. */
  get accepting(): boolean {
    return !this.suspended && !this.#rules.signal.aborted
  }

  get #closed(): RefuseReason {
    return this.#rules.signal.aborted ? 'draining' : 'suspended'
  }

  /** At the accept, before a PROXY header and TLS: whether there is no room for one that may take long to come in. */
  full(descriptor: number | undefined): RefuseReason | undefined {
    return this.accepting ? this.#admission.full(descriptor) : this.#closed
  }

  /** Runs one connection from accept to close; never rejects. */
  run(connection: Connection): Promise<void> {
    const { server, emit, handle } = this.#rules
    const stats = this.#stats
    const refused = this.accepting ? this.#admission.refuses(connection, stats.open) : this.#closed
    if (refused !== undefined || handle === undefined) {
      this.refuse(connection.remote, refused ?? 'draining')
      connection.abort('the connection was refused')
      return Promise.resolve()
    }
    const session = this.#enter(connection)
    emit(() => {
      const { remote, proxy } = connection
      const via = proxy === undefined ? {} : { via: proxy.via }
      return { type: 'accept', server, id: session.id, remote, open: stats.open, ...via }
    })
    return this.#handle(session, handle).then(
      () => this.#finish(session, undefined),
      (error: unknown) => this.#finish(session, { error })
    )
  }

  /** Books one that was turned away. */
  refuse(remote: Address, reason: RefuseReason, error?: unknown): void {
    this.#stats.refused++
    this.#stats.refusals[reason]++
    const { server, emit } = this.#rules
    emit(() => ({ type: 'refuse', server, remote, reason, ...(error === undefined ? {} : { error }) }))
  }

  #enter(connection: Connection): Session {
    const { clock, gates } = this.#rules
    const began = Math.round(clock.now())
    const session: Session = {
      id: ++this.#ids,
      began,
      connection,
      watch: new Watch(began),
      loggingIn: gates.length > 0,
      verdict: undefined,
      closing: false,
      closed: false
    }
    this.#stats.accepted++
    this.#stats.open++
    this.#open.add(session)
    this.#admission.entered(connection)
    if (connection instanceof BaseConnection) connection.meter = this.#ledger
    this.#rounds.start()
    return session
  }

  /** In the rounds: whether the connection is over one of its limits, and whether one that was has come to its end. */
  #look(session: Session, time: number): void {
    const { limits } = this.#rules
    const { connection, began } = session
    const now = Math.round(time)
    if (session.verdict === undefined) {
      const { brokenBy } = connection as Partial<BaseConnection<Uint8Array>>
      const cut = brokenBy instanceof LimitError ? brokenBy : undefined
      const error =
        cut ?? (session.closing ? undefined : session.watch.look(connection, began, now, limits, session.loggingIn))
      if (error === undefined) return
      session.verdict = { error, at: now }
      if (cut === undefined) endFor(error, connection)
      return
    }
    const { error, at } = session.verdict
    const dead = !(connection instanceof BaseConnection) || connection.dead
    if (dead) {
      // The handler did not notice that its connection is gone; its place is free all the same.
      if (now - at >= noticeMs) this.#close(session, reasonFor(error, undefined), undefined)
    } else if (!session.closing && now - at >= limits.lingerMs) {
      session.verdict.at = now
      connection.abort(error)
    }
  }

  async #finish(session: Session, thrown: { error: unknown } | undefined): Promise<void> {
    let fault = thrown
    const { server, emit } = this.#rules
    const { id, connection } = session
    session.closing = true
    this.#loggedIn(session)
    if (session.closed) return
    if (thrown !== undefined) {
      emit(() => ({ type: 'fault', server, id, remote: connection.remote, error: thrown.error }))
    }
    try {
      await connection.close()
    } catch (error) {
      fault ??= { error }
    }
    const { brokenBy } = connection as Partial<BaseConnection<Uint8Array>>
    const { verdict } = session
    if (verdict !== undefined) this.#close(session, reasonFor(verdict.error, undefined), fault)
    else if (fault !== undefined) this.#close(session, reasonFor(fault.error, brokenBy), fault)
    else this.#close(session, brokenBy === undefined ? 'finished' : reasonFor(brokenBy, brokenBy), undefined)
  }

  #close(session: Session, reason: CloseReason, fault: { error: unknown } | undefined): void {
    if (session.closed) return
    session.closed = true
    const { server, emit } = this.#rules
    const { id, began, connection } = session
    this.#open.delete(session)
    this.#admission.left(connection)
    this.#loggedIn(session)
    this.#stats.open--
    this.#stats.closed[reason]++
    emit(() => {
      const ms = this.#rules.clock.now() - began
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
    const { clock } = this.#rules
    const stopLooking = endTheIdle(this.#open, clock)
    // The timers of a clock keep no process alive, and what is stopping must come to its end.
    const alive = setInterval(() => {}, 1 << 30)
    const all = new Promise<void>((resolve) => {
      this.#empty = resolve
      if (this.#open.size === 0) resolve()
    })
    const allHeard = Promise.all([all, ...this.#datagrams])
    let timer: { cancel(): void } | undefined
    const deadline = new Promise<void>((resolve) => {
      timer = clock.after(graceMs, () => {
        for (const { connection } of this.#open) connection.abort(new DrainError(false, graceMs))
        timer = clock.after(noticeMs, resolve)
      })
    })
    await Promise.race([allHeard, deadline])
    clearInterval(alive)
    timer?.cancel()
    stopLooking()
    this.#rounds.stop()
    for (const session of this.#open) this.#close(session, 'drain_timeout', undefined)
  }

  /** Cuts everything at once: the service could not be started. */
  abort(reason: Error): void {
    for (const { connection } of this.#open) connection.abort(reason)
  }

  /** Without gates there is nothing between: an idle connection keeps no frame of ours. */
  #handle(session: Session, handle: Handler): Promise<unknown> {
    try {
      return this.#rules.gates.length === 0
        ? Promise.resolve(handle(session.connection))
        : this.#throughGates(session, handle)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #throughGates(session: Session, handle: Handler): Promise<void> {
    const { gates, signal, limits } = this.#rules
    const { connection } = session
    this.#admission.loggingIn++
    if (connection instanceof BaseConnection) {
      connection.meter = new LoginMeter(connection, limits.loginBytes, this.#ledger)
    }
    let peer = connection
    for (const gate of gates) peer = await gate(peer, { signal })
    // Its place was given away while a gate did not come to an end.
    if (session.closed) return
    this.#loggedIn(session)
    await handle(peer)
  }

  /** Its login is over, well or badly. */
  #loggedIn(session: Session): void {
    if (!session.loggingIn) return
    session.loggingIn = false
    this.#admission.loggingIn--
    if (session.connection instanceof BaseConnection) session.connection.meter = this.#ledger
  }
}

/** Gently where the reader hears of it and nothing is left to say; otherwise the peer must be cut off. */
function endFor(error: Verdict, connection: Connection): void {
  const gentle = error instanceof FrameTimeoutError || ['idle_timeout', 'session_timeout'].includes(error.reason)
  if (!gentle || !(connection instanceof BaseConnection) || !connection.source.waiting) connection.abort(error)
  else connection.endInput(connection.source.resting === true ? undefined : error)
}

/** A count of 0 for each reason. */
function zeros<Reason extends string>(reasons: Readonly<Record<Reason, string>>): Record<Reason, number> {
  return Object.fromEntries(Object.keys(reasons).map((reason) => [reason, 0])) as Record<Reason, number>
}

/** Only what broke this connection can be laid to its peer or to us; another connection's end is the handler's affair. */
function reasonFor(error: unknown, brokenBy: Error | undefined): CloseReason {
  if (brokenBy instanceof LimitError) return brokenBy.reason
  if (error instanceof LimitError) return error.reason
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
