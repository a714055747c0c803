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
  /** What came in this turn. */
  #fresh: Uint8Array[] | undefined
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
    if (this.#fresh !== undefined) this.#fresh.push(bytes)
    else {
      // Mostly it stays alone, and a list made for one is the smallest.
      this.#fresh = [bytes]
      soon(this)
    }
  }

  /** What came together in one turn of the loop, from however many, goes out in one piece. */
  flush(): void {
    const fresh = this.#fresh
    if (fresh === undefined) return
    this.#fresh = undefined
    if (this.#queue.waiting === 0) this.#waiting = 0
    for (const { byteLength } of fresh) this.#waiting += byteLength
    this.#queue.push(fresh)
    // What the connection takes at once has not waited.
    if (this.#waiting > this.#most) queueMicrotask(() => this.#judge())
  }

  /** Nothing more comes behind what waits. */
  end(): void {
    this.flush()
    this.#open = false
    this.#queue.end()
  }

  #judge(): void {
    if (!this.#open || this.#queue.waiting === 0) return
    this.end()
    this.#peer.abort(new LimitError('slow_reader', `${this.#waiting} bytes waited for ${this.nick}`))
  }
}

/** Members for whom there is something. */
let due: Member[] = []

function soon(member: Member): void {
  if (due.push(member) === 1) setImmediate(flushDue)
}

function flushDue(): void {
  const all = due
  due = []
  for (const member of all) member.flush()
}

/** Lines as they are sent: telnet wants both ends, and others do not mind. */
export function wire(lines: readonly string[]): Uint8Array {
  return Buffer.from(`${lines.join('\r\n')}\r\n`)
}
