/**
 * What a server on UDP does not answer, so that it can neither loop, nor amplify, nor be flooded by one sender.
 *
 * The sender of a datagram is whatever it says it is. So what looks like a server or a network is not heard; each sender
 * has a rate, and all together one; and to each request there is one reply at most, no longer than the request (or than
 * the server's own small allowance). What is refused is counted by reason and met with silence: an error datagram
 * could be answered too.
 */
import { systemClock } from '../clock.ts'
import type { DatagramRefusal } from '../events.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { DatagramManners } from '../server.ts'
import type { DatagramGate } from '../transport/udp.ts'
import type { Address, Clock, Datagram } from '../types.ts'
import { broadcastAddresses, isAnswerable } from './answerable.ts'
import { LoopWatch } from './loop-watch.ts'
import { ownPorts } from './own-ports.ts'
import { RateTable } from './rate-table.ts'
import { isLoopback, sourceGroup } from './source-group.ts'

/** What its user may set. */
export interface DatagramRules {
  /** Datagrams of one sender heard in a second (10). Loopback is exempt, unless this is set. */
  readonly ratePerSecond?: number
  /** Datagrams of one sender heard at once (20). */
  readonly burst?: number
  /** Datagrams of all senders together heard in a second (10,000). */
  readonly totalPerSecond?: number
  /** Senders whose rate is remembered (65,536). */
  readonly maxSources?: number
  /** Lower source ports are not answered (1,024); 0 switches it off. */
  readonly leastSourcePort?: number
  /** A reply may have so many bytes, also where its request is shorter (what the server says, else 0). */
  readonly replyBytes?: number
  /** The time by which rates are counted (the system's). */
  readonly clock?: Clock
}

/**
 * A guard for one socket, to be given to `openDatagrams`; `serve` gives one to each.
 *
 * A reply is known by its `remote`: it must be the very object that came with the request.
 *
 * @param refuse told of each datagram that is not heard or not sent, and why
 * @throws InvalidOptionError
 * @example
 *   const guard = new DatagramGuard({ ratePerSecond: 100 }, {}, (reason) => refused[reason]++)
 *   await using socket = await openDatagrams('udp://0.0.0.0:20000', { guard })
 */
export class DatagramGuard implements DatagramGate {
  readonly #refuse: (reason: DatagramRefusal) => void
  readonly #replies: 'one' | 'none' | 'any'
  readonly #replyBytes: number
  readonly #leastPort: number
  readonly #sparesLoopback: boolean
  readonly #rates: RateTable
  readonly #total: RateTable
  readonly #loops: LoopWatch
  /** What may be sent back, in bytes, for each request that has no reply yet. */
  readonly #allowed = new WeakMap<Address, number>()
  #broadcasts: ReadonlySet<string> = new Set()
  #port = 0

  constructor(rules: DatagramRules, manners: DatagramManners, refuse: (reason: DatagramRefusal) => void) {
    const { clock = systemClock, maxSources = limits.datagramSources } = rules
    const { ratePerSecond = limits.datagramsPerSecond, burst = limits.datagramBurst } = rules
    const { totalPerSecond = limits.datagramsTotalPerSecond, leastSourcePort = limits.leastSourcePort } = rules
    this.#refuse = refuse
    this.#replies = manners.replies ?? 'one'
    this.#replyBytes = wholeNumber('replyBytes', rules.replyBytes ?? manners.replyBytes ?? 0, 0)
    this.#leastPort = wholeNumber('leastSourcePort', leastSourcePort, 0)
    this.#sparesLoopback = rules.ratePerSecond === undefined
    this.#rates = new RateTable({ ratePerSecond, burst, maxSources, clock })
    wholeNumber('totalPerSecond', totalPerSecond)
    // A tenth of a second at once, so that a second never has much more than its share.
    const atOnce = Math.max(1, Math.floor(totalPerSecond / 10))
    this.#total = new RateTable({ ratePerSecond: totalPerSecond, burst: atOnce, maxSources: 1, clock })
    this.#loops = new LoopWatch(clock, maxSources)
  }

  /** Senders in the table of rates. */
  get sources(): number {
    return this.#rates.size
  }

  opened({ port = 0 }: Address): void {
    this.#port = port
    this.#broadcasts = broadcastAddresses()
    ownPorts.add(port)
  }

  closed(): void {
    ownPorts.delete(this.#port)
  }

  takes(datagram: Datagram): boolean {
    const reason = this.#whyNotTake(datagram)
    if (reason !== undefined) {
      this.#refuse(reason)
      return false
    }
    if (this.#replies === 'one') {
      this.#allowed.set(datagram.remote, Math.max(datagram.bytes.byteLength, this.#replyBytes))
    }
    return true
  }

  sends({ bytes, remote }: Datagram): boolean {
    if (this.#replies === 'any') return true
    const allowed = this.#allowed.get(remote)
    this.#allowed.delete(remote)
    if (allowed !== undefined && bytes.byteLength <= allowed) return true
    this.#refuse(allowed === undefined ? 'unasked' : 'reply_too_large')
    return false
  }

  #whyNotTake(datagram: Datagram): DatagramRefusal | undefined {
    const { remote } = datagram
    const { host = '', port = 0 } = remote
    if (!isAnswerable(remote, this.#broadcasts)) return 'unanswerable'
    if (ownPorts.has(port)) return 'own_port'
    if (port < this.#leastPort && this.#replies !== 'none') return 'privileged_port'
    if (this.#sparesLoopback && isLoopback(host)) return this.#loops.repeats(datagram) ? 'loop' : undefined
    // First, so that a flood of forged senders does not make the table forget the others.
    if (!this.#total.may('')) return 'total_rate'
    if (!this.#rates.take(sourceGroup(host))) return 'rate'
    this.#total.take('')
    return undefined
  }
}
