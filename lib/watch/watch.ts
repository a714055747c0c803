/**
 * The deadlines of one connection, judged by looking at it now and then: an idle connection costs no timer and no closure,
 * and a busy one nothing on the way of its bytes.
 *
 * Whatever began since the last look is as old as this look, so that a deadline is never early, and late by two looks at
 * most. What makes a peer wait (a handler at work, a full outlet) does not count against it.
 */
import { type FrameTimeoutError, LimitError } from '../errors.ts'
import type { ServeLimits } from '../limits.ts'
import { BaseConnection } from '../transport/base-connection.ts'
import type { Connection } from '../types.ts'
import { FrameWatch } from './frame-watch.ts'
import { QueueWatch } from './queue-watch.ts'

export type Verdict = LimitError | FrameTimeoutError

export class Watch {
  #looked: number
  /** The last time that a byte came or went, or that the handler was at work. */
  #busy: number
  #moved = 0
  #frame: FrameWatch | undefined
  #queue: QueueWatch | undefined

  constructor(now: number) {
    this.#looked = now
    this.#busy = now
  }

  /** @param began when it was accepted */
  look(
    connection: Connection,
    began: number,
    now: number,
    limits: ServeLimits,
    loggingIn: boolean
  ): Verdict | undefined {
    if (loggingIn && now - began >= limits.loginMs) {
      return new LimitError('login_timeout', `no login within ${limits.loginMs} ms`)
    }
    if (now - began >= limits.sessionMs) {
      return new LimitError('session_timeout', `the connection was open for ${limits.sessionMs} ms`)
    }
    if (!(connection instanceof BaseConnection)) return undefined
    const passed = now - this.#looked
    this.#looked = now
    return (
      this.#lookAtQueue(connection, now, limits) ??
      this.#lookAtFrame(connection, now, passed, limits) ??
      this.#lookAtSilence(connection, now, limits)
    )
  }

  /** How long nothing came or went, in ms, as far as the last look tells. */
  idleMs(connection: Connection, now: number): number {
    const moved = connection instanceof BaseConnection ? connection.moved : 0
    return moved === this.#moved ? Math.max(0, now - this.#busy) : 0
  }

  #lookAtQueue(connection: BaseConnection<Uint8Array>, now: number, limits: ServeLimits): Verdict | undefined {
    if (connection.queued === 0) {
      this.#queue = undefined
      return undefined
    }
    this.#queue ??= new QueueWatch(connection, now)
    return this.#queue.look(connection, now, limits)
  }

  #lookAtFrame(
    connection: BaseConnection<Uint8Array>,
    now: number,
    passed: number,
    limits: ServeLimits
  ): Verdict | undefined {
    const { framing } = connection.source
    if (framing === undefined || framing.timed || framing.held() === 0) {
      this.#frame = undefined
      return undefined
    }
    if (this.#frame?.frames !== framing.frames) this.#frame = new FrameWatch(connection, framing, now)
    return this.#frame.look(connection, now, passed, limits)
  }

  #lookAtSilence(connection: BaseConnection<Uint8Array>, now: number, limits: ServeLimits): Verdict | undefined {
    const { source, moved } = connection
    const atWork = source.claimed && !source.waiting
    if (moved !== this.#moved || atWork || this.#queue !== undefined || this.#frame !== undefined) this.#busy = now
    this.#moved = moved
    if (now - this.#busy < limits.idleMs) return undefined
    return new LimitError('idle_timeout', `nothing came or went within ${limits.idleMs} ms`)
  }
}
