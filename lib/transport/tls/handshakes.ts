/**
 * Places for handshakes, so that those who only begin one keep nobody else out.
 *
 * At most so many run at a time, others wait in line. While somebody waits, the oldest handshake gives up its place after a
 * quarter of a second: an honest one is through by then. Who came last is served first: in a crowd of honest peers the
 * order is no matter, in a crowd of idle ones it lets the honest one pass. The deadline counts from the accept.
 */
import { limits } from '../../limits.ts'
import type { Clock } from '../../types.ts'

/** One that wants to shake hands. */
export interface Guest {
  begin(): void
  /** No place, or no time left. */
  refuse(reason: 'handshake_limit' | 'handshake_timeout' | 'draining'): void
}

interface Rules {
  readonly places: number
  readonly handshakeMs: number
  readonly clock: Clock
}

type Timer = ReturnType<Clock['after']>

export class Handshakes {
  readonly #rules: Rules
  /** In the order in which they came; with when each one began. */
  readonly #inside = new Map<Guest, number>()
  readonly #waiting = new Set<Guest>()
  readonly #deadlines = new Map<Guest, Timer>()
  #eviction: Timer | undefined

  constructor(rules: Rules) {
    this.#rules = rules
  }

  enter(guest: Guest): void {
    const { handshakeMs, clock } = this.#rules
    const late = (): void => this.#refuse(guest, 'handshake_timeout')
    this.#deadlines.set(guest, clock.after(handshakeMs, late))
    this.#waiting.add(guest)
    if (this.#waiting.size > limits.handshakesWaiting) this.#refuse(first(this.#waiting) as Guest, 'handshake_limit')
    this.#admit()
  }

  /** It is through, or gone. */
  leave(guest: Guest): void {
    this.#deadlines.get(guest)?.cancel()
    this.#deadlines.delete(guest)
    this.#waiting.delete(guest)
    if (this.#inside.delete(guest)) this.#admit()
  }

  close(): void {
    for (const guest of [...this.#waiting, ...this.#inside.keys()]) this.#refuse(guest, 'draining')
    this.#eviction?.cancel()
  }

  /** Makes place for one who waits, where the oldest has had its time. */
  #evict(): void {
    this.#eviction = undefined
    const oldest = first(this.#inside.keys())
    if (oldest === undefined || this.#waiting.size === 0) return
    if (this.#patience(oldest) > 0) this.#admit()
    else this.#refuse(oldest, 'handshake_limit')
  }

  #refuse(guest: Guest, reason: Parameters<Guest['refuse']>[0]): void {
    this.leave(guest)
    guest.refuse(reason)
  }

  #admit(): void {
    while (this.#waiting.size > 0 && this.#inside.size < this.#rules.places) {
      const guest = last(this.#waiting) as Guest
      this.#waiting.delete(guest)
      this.#inside.set(guest, this.#rules.clock.now())
      guest.begin()
    }
    const oldest = first(this.#inside.keys())
    if (this.#waiting.size === 0 || oldest === undefined || this.#eviction !== undefined) return
    this.#eviction = this.#rules.clock.after(Math.max(1, Math.ceil(this.#patience(oldest))), () => this.#evict())
  }

  #patience(guest: Guest): number {
    return (this.#inside.get(guest) as number) + limits.handshakeSlotMs - this.#rules.clock.now()
  }
}

function first<T>(all: Iterable<T>): T | undefined {
  for (const one of all) return one
  return undefined
}

function last<T>(all: Iterable<T>): T | undefined {
  let found: T | undefined
  for (const one of all) found = one
  return found
}
