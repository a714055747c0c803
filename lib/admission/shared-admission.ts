/**
 * Limits that several services keep together: one count of places, of sources and of accepts for all of them, exact.
 *
 * Each service is a member. It asks before it takes a connection and says when the connection is over; a member that is
 * gone gives back all that it had. Members may be in other processes, with a few lines of messages between.
 */
import { systemClock } from '../clock.ts'
import type { RefuseReason } from '../events.ts'
import type { ServeLimits } from '../limits.ts'
import type { Address, Clock } from '../types.ts'
import { Admission } from './admission.ts'
import { chosenLimits } from './chosen-limits.ts'
import { maxOpenFiles } from './open-files.ts'

/** Who has a say in who gets in, beside the limits of the service itself. */
export interface AdmissionDesk {
  /**
   * Asked of each connection that the service itself would take. Undefined: it has a place until `left`. A rejection
   * refuses it as `draining`.
   */
  admit(remote: Address): RefuseReason | undefined | Promise<RefuseReason | undefined>
  /** The connection is over that was given a place. */
  left(remote: Address): void
}

export interface SharedAdmissionMember extends AdmissionDesk {
  admit(remote: Address): RefuseReason | undefined
  /** Places that it has now. */
  readonly open: number
  /** It is gone, and so are its connections. */
  close(): void
}

/**
 * @example
 *   const shared = new SharedAdmission({ maxConnections: 100 })
 *   await serve(echo, { admission: shared.member() })
 *   await serve(zen, { admission: shared.member() })
 */
export class SharedAdmission {
  /** Places that are taken. */
  open = 0
  readonly limits: ServeLimits
  readonly #admission: Admission

  /**
   * @param given `maxConnections`, `maxPerSource` and `acceptsPerSecond` count; what is left out has its default
   * @throws InvalidOptionError for a limit that cannot be right
   */
  constructor(given: Partial<ServeLimits> = {}, { clock = systemClock }: { clock?: Clock } = {}) {
    this.limits = chosenLimits(given, maxOpenFiles())
    this.#admission = new Admission({
      limits: this.limits,
      countLoopback: given.maxPerSource !== undefined,
      // Descriptors are each process's own affair, and so are its logins.
      openFiles: undefined,
      gated: false,
      clock
    })
  }

  member(): SharedAdmissionMember {
    const held = new Map<string, { readonly remote: Address; count: number }>()
    const admission = this.#admission
    const shared = this
    const keyOf = ({ host = '', path = '' }: Address): string => `${host} ${path}`
    let open = 0
    const give = (remote: Address, count: number): void => {
      open -= count
      shared.open -= count
      for (let left = count; left > 0; left--) admission.left({ remote })
    }
    return {
      admit(remote) {
        const refused = admission.refuses({ remote }, shared.open)
        if (refused !== undefined) return refused
        admission.entered({ remote })
        open++
        shared.open++
        const entry = held.get(keyOf(remote))
        if (entry === undefined) held.set(keyOf(remote), { remote, count: 1 })
        else entry.count++
        return undefined
      },
      left(remote) {
        const entry = held.get(keyOf(remote))
        if (entry === undefined) return
        entry.count--
        if (entry.count === 0) held.delete(keyOf(remote))
        give(remote, 1)
      },
      get open() {
        return open
      },
      close() {
        for (const { remote, count } of held.values()) give(remote, count)
        held.clear()
      }
    }
  }
}
