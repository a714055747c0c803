/** One room: who is in it, and its last lines. It is there as long as somebody is in it. */
import { strftime } from '../../lib/index.ts'
import { chatLimits } from './limits.ts'
import { type Member, wire } from './member.ts'

export class Room {
  readonly name: string
  readonly members = new Set<Member>()
  readonly #lines: string[] = []
  readonly #history: number

  /** @param history lines that it remembers */
  constructor(name: string, history: number) {
    this.name = name
    this.#history = history
  }

  /** What a member says in one go, to all others. It is remembered as text: a buffer could keep a larger one alive. */
  say(from: Member, lines: readonly string[]): void {
    const told = lines.map((line) => `[${this.name}] ${line}`)
    this.#remember(told)
    this.#spread(wire(told), from)
  }

  /** What happens in it, to all but who did it. */
  note(about: Member, what: string): void {
    if (this.members.size <= chatLimits.announced) this.#spread(wire([`[${this.name}] -- ${what}`]), about)
  }

  enter(member: Member): void {
    this.members.add(member)
    for (const line of this.#lines) member.tell(line)
    member.tell(`[${this.name}] -- you are here with ${listed(others(this.members, member))}`)
    this.note(member, `${member.nick} joined`)
  }

  #remember(told: readonly string[]): void {
    if (this.#history === 0) return
    const time = clock()
    for (const line of told.slice(-this.#history)) this.#lines.push(`${time} ${line}`)
    this.#lines.splice(0, this.#lines.length - this.#history)
  }

  #spread(bytes: Uint8Array, except: Member): void {
    for (const member of this.members) if (member !== except) member.send(bytes)
  }
}

/** The local time, made once a minute. */
let minute = Number.NaN
let shown = ''

function clock(): string {
  const now = Math.floor(Date.now() / 60_000)
  if (now !== minute) shown = strftime('%H:%M', new Date())
  minute = now
  return shown
}

function* others(members: Iterable<Member>, except: Member): Generator<string> {
  for (const member of members) if (member !== except) yield member.nick
}

/** As many names as one answer has room for. */
export function listed(names: Iterable<string>, none = 'nobody else'): string {
  const shown: string[] = []
  let more = 0
  for (const name of names) {
    if (shown.length < chatLimits.listed) shown.push(name)
    else more++
  }
  if (shown.length === 0) return none
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`
}
