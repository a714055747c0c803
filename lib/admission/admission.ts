/**
 * Who gets in: looks at a connection that was just accepted and names the first limit that is in its way.
 *
 * It costs the same however many knock. What it counts for each source goes when the source's last connection does, so
 * that the table has never more entries than there are connections.
 */
import type { RefuseReason } from '../events.ts'
import type { ServeLimits } from '../limits.ts'
import type { Address, Clock, ProxyInfo } from '../types.ts'
import { EarlyRefusal } from './early-refusal.ts'
import { isLoopback, sourceOf } from './source.ts'
import { TokenBucket } from './token-bucket.ts'

/** What is looked at of a connection. */
interface Knocking {
  readonly remote: Address
  readonly proxy?: ProxyInfo | undefined
  /** The lowest file descriptor that was free when it was accepted. */
  readonly descriptor?: number | undefined
}

export interface AdmissionRules {
  readonly limits: ServeLimits
  /** Count this machine as a source as well, and a trusted proxy that speaks for itself. */
  readonly countLoopback: boolean
  readonly openFiles: number | undefined
  readonly gated: boolean
  readonly clock: Clock
}

export class Admission {
  /** Connections that are in front of their login. */
  loggingIn = 0
  readonly #rules: AdmissionRules
  readonly #rate: TokenBucket
  readonly #logins: EarlyRefusal
  readonly #bySource = new Map<string, number>()

  constructor(rules: AdmissionRules) {
    const { acceptsPerSecond, loginStart, loginRefusePercent, loginFull } = rules.limits
    this.#rules = rules
    this.#rate = new TokenBucket(acceptsPerSecond, rules.clock)
    this.#logins = new EarlyRefusal(loginStart, loginRefusePercent, loginFull)
  }

  /** @param open connections that are open now */
  refuses(connection: Knocking, open: number): RefuseReason | undefined {
    const { limits, gated } = this.#rules
    if (!this.#rate.take()) return 'accept_rate'
    if (open >= limits.maxConnections) return 'connection_limit'
    const full = this.full(connection.descriptor)
    if (full !== undefined) return full
    const source = this.#sourceOf(connection)
    if (source !== undefined && (this.#bySource.get(source) ?? 0) >= limits.maxPerSource) return 'source_limit'
    return gated && this.#logins.refuses(this.loggingIn) ? 'login_limit' : undefined
  }

  /** The system gives the lowest number that is free: from a high one it can be told that few are left. */
  full(descriptor = 0): RefuseReason | undefined {
    const { openFiles, limits } = this.#rules
    return openFiles !== undefined && descriptor >= openFiles - limits.fileReserve ? 'fd_limit' : undefined
  }

  entered(connection: Knocking): void {
    const source = this.#sourceOf(connection)
    if (source !== undefined) this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1)
  }

  left(connection: Knocking): void {
    const source = this.#sourceOf(connection)
    if (source === undefined) return
    const others = (this.#bySource.get(source) ?? 0) - 1
    if (others > 0) this.#bySource.set(source, others)
    else this.#bySource.delete(source)
  }

  /** Sources that have a connection. */
  get sources(): number {
    return this.#bySource.size
  }

  #sourceOf(connection: Knocking): string | undefined {
    const { host } = countedFor(connection, this.#rules)
    return !this.#rules.countLoopback && isLoopback(host) ? undefined : sourceOf(host)
  }
}

/** Nobody, for a trusted proxy that names no client: it looks after us, or speaks for many. Else who is there. */
export function countedFor(
  { remote, proxy }: Knocking,
  { countLoopback }: Pick<AdmissionRules, 'countLoopback'>
): Address {
  return !countLoopback && proxy !== undefined && proxy.source === undefined ? {} : remote
}
