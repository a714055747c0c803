/** Callers by UDP: an address is a caller from its first datagram until `bye`, or until it was silent for too long. */
import type { Address, Datagram } from '../../lib/index.ts'
import { formatPeer, limits } from '../../lib/index.ts'
import type { Caller, Desk } from './desk.ts'

/** Lines of one datagram, as many as are heard over TCP in a second: nobody types more. */
const mostLines = 20

interface Silent extends Caller {
  /** Its last datagram, in ms. */
  spoke: number
}

export class DatagramCallers {
  readonly #desk: Desk
  readonly #send: (datagram: Datagram) => void
  readonly #idleMs: number
  readonly #most: number
  /** The one that was silent for longest comes first. */
  readonly #callers = new Map<string, Silent>()

  /** @param most callers at a time; one more ends the talk of the most silent */
  constructor(desk: Desk, send: (datagram: Datagram) => void, { idleMs, most }: { idleMs: number; most: number }) {
    this.#desk = desk
    this.#send = send
    this.#idleMs = idleMs
    this.#most = most
  }

  heard({ bytes, remote }: Datagram): void {
    this.#forget()
    const name = `${formatPeer(remote)}/udp`
    const caller = this.#callers.get(name) ?? this.#enter(name, remote)
    this.#callers.delete(name)
    this.#callers.set(name, caller)
    caller.spoke = performance.now()
    const lines = Buffer.from(bytes)
      .toString()
      .split(/[\r\n]+/)
      .filter((line) => line !== '')
    for (const line of lines.slice(0, mostLines)) {
      if (!this.#callers.has(name)) return
      if (line.length <= limits.delimitedBytes) this.#desk.heard(caller, line)
      else caller.say('-- That line was too long, and nobody read it.')
    }
    if (lines.length > mostLines) caller.say(`-- Those were more than ${mostLines} lines, and nobody read the rest.`)
  }

  #enter(name: string, remote: Address): Silent {
    const caller: Silent = {
      name,
      spoke: 0,
      say: (text) => this.#send({ bytes: Buffer.from(`${text}\n`), remote }),
      end: () => void this.#callers.delete(name)
    }
    this.#callers.set(name, caller)
    this.#desk.enter(caller)
    return caller
  }

  #forget(): void {
    const now = performance.now()
    for (const [name, caller] of this.#callers) {
      if (this.#callers.size <= this.#most && now - caller.spoke < this.#idleMs) return
      this.#callers.delete(name)
      this.#desk.leave(caller, 'has said nothing for too long')
    }
  }
}
