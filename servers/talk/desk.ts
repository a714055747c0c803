/** The operator's desk: who is there, who spoke last, and whom a line of the operator is for. It outlives every talk. */
import { printable } from '../../lib/index.ts'

/** Somebody who talks to the desk. */
export interface Caller {
  readonly name: string
  say(text: string): void
  /** Sends what the line itself asks for. */
  answer?(bytes: Uint8Array): void
  /** The talk is over: nothing more is said. */
  end(): void
}

/** What ends a talk, from either side. */
export const goodBye = 'bye'

export function isGoodBye(line: string): boolean {
  return line.trim().toLowerCase() === goodBye
}

export class Desk {
  readonly #callers = new Map<string, Caller>()
  readonly #report: (line: string) => void
  readonly #known = new Set<Caller>()
  /** Who spoke last. */
  #last: Caller | undefined

  constructor(report: (line: string) => void) {
    this.#report = report
  }

  enter(caller: Caller): void {
    this.#callers.set(caller.name, caller)
  }

  /** What a caller says, which may be its last word. */
  heard(caller: Caller, said: string): void {
    const text = printable(said).trim()
    // Behind a good-bye nothing is heard, also where it came in the same packet.
    if (text === '' || this.#callers.get(caller.name) !== caller) return
    this.#last = caller
    this.#known.add(caller)
    this.#report(`${caller.name}: ${text}`)
    if (isGoodBye(text)) this.#end(caller)
  }

  /** The line went away with its caller. */
  leave(caller: Caller, why = 'is gone'): void {
    if (!this.#callers.delete(caller.name)) return
    if (this.#last === caller) this.#last = undefined
    // Who never spoke never appeared.
    if (this.#known.delete(caller)) this.#report(`-- ${caller.name} ${why}`)
  }

  /** What the operator types. */
  typed(line: string): void {
    const [, name, named = ''] = /^@(\S+)\s*(.*)$/u.exec(line) ?? []
    const text = printable(name === undefined ? line : named).trim()
    const found = name === undefined ? this.#last : this.#find(name)
    if (typeof found === 'string') this.#report(`-- ${found}`)
    else if (found === undefined) this.#report('-- Nobody to say that to: @SENDER TEXT names one')
    else if (text === '') this.#last = found
    else this.#say(found, text)
  }

  #say(caller: Caller, text: string): void {
    caller.say(text)
    if (isGoodBye(text)) this.#end(caller)
  }

  #end(caller: Caller): void {
    this.leave(caller, 'and the desk are through')
    caller.end()
  }

  /** By the whole name, or by a port that only one has; or why not. */
  #find(typed: string): Caller | string {
    const exact = this.#callers.get(typed)
    if (exact !== undefined) return exact
    const found = [...this.#callers.values()].filter(({ name }) => {
      const address = name.replace(/\/udp$/, '')
      return address === typed || address.endsWith(`:${typed}`)
    })
    if (found.length > 1) return `${typed} may be ${found.map(({ name }) => name).join(' or ')}`
    return found[0] ?? `nobody here is ${printable(typed)}`
  }
}
