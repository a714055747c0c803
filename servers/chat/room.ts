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

  /** What a member says, to all others. It is remembered as text: a buffer could keep a larger one alive. */
  say(from: Member, line: string): void {
    const told = `[${this.name}] ${line}`
    if (this.#history > 0) {
      this.#lines.push(`${strftime('%H:%M', new Date())} ${told}`)
      if (this.#lines.length > this.#history) this.#lines.shift()
    }
    this.#spread(told, from)
  }

  /** What happens in it, to all but who did it. */
  note(about: Member, what: string): void {
    if (this.members.size <= chatLimits.announced) this.#spread(`[${this.name}] -- ${what}`, about)
  }

  enter(member: Member): void {
    this.members.add(member)
    for (const line of this.#lines) member.tell(line)
    member.tell(`[${this.name}] -- you are here with ${listed(others(this.members, member))}`)
    this.note(member, `${member.nick} joined`)
  }

  #spread(line: string, except: Member): void {
    const bytes = wire(line)
    for (const member of this.members) if (member !== except) member.send(bytes)
  }
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
