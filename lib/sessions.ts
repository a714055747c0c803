/**
 * The connections of one service: counts them exactly, runs gates and handler on each, names why each one ended.
 */

import { Admission, countedFor } from './admission/admission.ts'
import type { AdmissionDesk } from './admission/shared-admission.ts'
import { type ConnectionInfo, connectionInfo } from './connection-info.ts'
import { DrainError, endTheIdle } from './drain.ts'
import { LimitError } from './errors.ts'
import type { AuthAttempt, CloseReason, DatagramRefusal, RefuseReason } from './events.ts'
import { reasonFor } from './reason-for.ts'
import type { Handler } from './server.ts'
import type { Session, SessionRules } from './session.ts'
import { emptyBooks, type Stats } from './stats.ts'
import { type DatagramCounts, type Traffic, TrafficCount } from './traffic.ts'
import { BaseConnection } from './transport/base-connection.ts'
import type { Address, Connection, Datagram } from './types.ts'
import { endFor } from './watch/end-for.ts'
import { Ledger } from './watch/ledger.ts'
import { LoginMeter } from './watch/login-meter.ts'
import { Rounds } from './watch/rounds.ts'
import { Watch } from './watch/watch.ts'

/** How long handlers have to notice that their connection was cut at a deadline. */
const noticeMs = 100

export class Sessions {
  readonly #rules: SessionRules
  readonly #open = new Set<Session>()
  readonly #datagrams: Promise<void>[] = []
  readonly #admission: Admission
  readonly #ledger: Ledger
  readonly #rounds: Rounds<Session>
  readonly #traffic = new TrafficCount()
  readonly #stats = emptyBooks()
  /** Nobody is taken just now. */
  suspended = false
  #empty: (() => void) | undefined
  #ids = 0
  /** Connections that wait for the desk. */
  #asking = 0

  constructor(rules: SessionRules) {
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
  }

  get stats(): Stats {
    return this.#stats
  }

  /** Where refused datagrams are counted. */
  get refusedDatagrams(): Record<DatagramRefusal, number> {
    return this.#stats.refusedDatagrams
  }

  *infos(): Generator<ConnectionInfo> {
    const { clock } = this.#rules
    for (const session of this.#open) yield connectionInfo(session, clock.now())
  }

  traffic(doors: Iterable<{ readonly datagrams?: DatagramCounts }>): Traffic {
    return this.#traffic.with(this.#open, doors)
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
  run(connection: Connection, endpoint?: string): Promise<void> {
    const { handle, desk } = this.#rules
    const open = this.#stats.open + this.#asking
    const refused = this.accepting ? this.#admission.refuses(connection, open) : this.#closed
    if (refused !== undefined || handle === undefined) return this.#turnAway(connection, refused ?? 'draining')
    this.#traffic.opened(connection)
    return desk === undefined
      ? this.#take(connection, endpoint, handle)
      : this.#askAndTake(connection, endpoint, handle, desk)
  }

  /** What a member of a shared count may not have, it refuses as if the limit were its own. */
  async #askAndTake(
    connection: Connection,
    endpoint: string | undefined,
    handle: Handler,
    desk: AdmissionDesk
  ): Promise<void> {
    const remote = countedFor(connection, this.#rules)
    this.#asking++
    let refused: RefuseReason | undefined
    try {
      refused = await desk.admit(remote)
    } catch {
      refused = 'draining'
    } finally {
      this.#asking--
    }
    if (refused === undefined && this.accepting) return this.#take(connection, endpoint, handle)
    if (refused === undefined) desk.left(remote)
    return this.#turnAway(connection, refused ?? this.#closed)
  }

  #turnAway(connection: Connection, reason: RefuseReason): Promise<void> {
    this.refuse(connection.remote, reason)
    connection.abort('the connection was refused')
    return Promise.resolve()
  }

  #take(connection: Connection, endpoint: string | undefined, handle: Handler): Promise<void> {
    const { server, emit } = this.#rules
    const stats = this.#stats
    const session = this.#enter(connection, endpoint)
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

  #enter(connection: Connection, endpoint: string | undefined): Session {
    const { clock, gates } = this.#rules
    const began = Math.round(clock.now())
    const session: Session = {
      id: ++this.#ids,
      began,
      connection,
      endpoint,
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
    const { server, emit, desk } = this.#rules
    const { id, began, connection } = session
    this.#traffic.closed(connection)
    this.#open.delete(session)
    this.#admission.left(connection)
    desk?.left(countedFor(connection, this.#rules))
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
    const { server, emit } = this.#rules
    for (const gate of gates) {
      const asked = peer
      const attempt = (told: AuthAttempt): void =>
        emit(() => ({ type: 'auth', server, id: session.id, remote: asked.remote, ...told }))
      peer = await gate(peer, { signal, attempt })
    }
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
