/**
 * One member: a name, the rooms it is in, and what waits to be sent to it. What is said to many is one buffer, which all
 * their queues share.
 */
import { type Channel, type Connection, channel, LimitError, type Source } from '../../lib/index.ts'
import type { Room } from './room.ts'

export class Member {
  nick: string
  /** The one it speaks in is the last. */
  readonly rooms = new Set<Room>()
  readonly #peer: Connection
  readonly #queue: Channel<Uint8Array>
  readonly #most: number
  /** Bytes pushed since the queue was empty. */
  #waiting = 0
  #doubtful = false
  #open = true

  /** @param most bytes that may wait for it */
  constructor(nick: string, peer: Connection, most: number) {
    this.nick = nick
    this.#peer = peer
    this.#most = most
    // What counts is bytes.
    this.#queue = channel({ capacity: Number.MAX_SAFE_INTEGER })
  }

  /** What is to be sent. Read once. */
  get outgoing(): Source<Uint8Array> {
    return this.#queue
  }

  /** The room it speaks in. */
  get current(): Room | undefined {
    let last: Room | undefined
    for (const room of this.rooms) last = room
    return last
  }

  /** A line for this member alone. */
  tell(line: string): void {
    this.send(wire([line]))
  }

  /** Never waits: who lets too much wait loses the connection, and holds up nobody. */
  send(bytes: Uint8Array): void {
    if (!this.#open) return
    if (this.#queue.waiting === 0) this.#waiting = 0
    this.#waiting += bytes.byteLength
    this.#queue.push([bytes])
    if (this.#waiting <= this.#most || this.#doubtful) return
    // What is said in one turn goes out behind it, in one piece: only what is left then waits for the member.
    this.#doubtful = true
    queueMicrotask(() => this.#judge())
  }

  /** Nothing more comes behind what waits. */
  end(): void {
    this.#open = false
    this.#queue.end()
  }

  #judge(): void {
    this.#doubtful = false
    if (this.#queue.waiting === 0) return
    this.end()
    this.#peer.abort(new LimitError('slow_reader', `${this.#waiting} bytes waited for ${this.nick}`))
  }
}

/** Lines as they are sent: telnet wants both ends, and others do not mind. */
export function wire(lines: readonly string[]): Uint8Array {
  return Buffer.from(`${lines.join('\r\n')}\r\n`)
}
