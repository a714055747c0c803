/** What a member may type behind a `/`. The help is made of this table. */
import { printable } from '../../lib/index.ts'
import type { House } from './house.ts'
import type { Member } from './member.ts'
import { listed } from './room.ts'

interface Command {
  /** What follows the word. */
  readonly usage: string
  readonly summary: string
  /** Words that must follow. */
  readonly needs: 0 | 1 | 2
  /** Answers what the member is told, if anything. */
  run(house: House, member: Member, first: string, rest: string): string | undefined
}

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['nick', command('NAME', 'change your name', 1, (house, member, nick) => house.rename(member, nick))],
  ['join', command('ROOM', 'enter a room, or speak in it', 1, (house, member, room) => house.join(member, room))],
  ['part', command('[ROOM]', 'leave a room', 0, (house, member, room) => house.part(member, room))],
  ['rooms', command('', 'list the rooms', 0, rooms)],
  ['who', command('[ROOM]', 'list who is in a room', 0, who)],
  ['msg', command('NICK TEXT', 'say something to one alone', 2, whisper)],
  ['me', command('TEXT', 'say what you do', 1, (_, member, first, rest) => act(member, `${first} ${rest}`))],
  ['quit', command('[TEXT]', 'leave, and say why', 0, () => undefined)],
  ['help', command('', 'show this', 0, (_, member) => help(member))]
])

function command(usage: string, summary: string, needs: 0 | 1 | 2, run: Command['run']): Command {
  return { usage, summary, needs, run }
}

/**
 * One member's words: what is said in one go is spread in one piece, however many lines it has. Between two calls of
 * `hear` nothing else may happen, unless `speak` was called.
 */
export class Words {
  readonly #house: House
  readonly #member: Member
  #said: string[] = []
  /** What the member said at last, once it has quit. */
  quit: string | undefined

  constructor(house: House, member: Member) {
    this.#house = house
    this.#member = member
  }

  hear(line: string): void {
    const text = printable(line).trim()
    const [, word = '', behind = ''] = /^\/(?!\/)(\S*)\s*(.*)$/u.exec(text) ?? []
    if (text === '') return
    if (word === '') {
      this.#said.push(`<${this.#member.nick}> ${text.replace(/^\/(?=\/)/, '')}`)
      return
    }
    this.speak()
    if (word === 'quit') this.quit = behind
    else this.#obey(word, behind)
  }

  /** Spreads what was said. */
  speak(): void {
    if (this.#said.length === 0) return
    const said = this.#said
    this.#said = []
    this.#answer(inRoom(this.#member, said))
  }

  #obey(word: string, behind: string): void {
    const asked = commands.get(word)
    const [, first = '', rest = ''] = /^(\S*)\s*(.*)$/u.exec(behind) ?? []
    const had = first === '' ? 0 : rest === '' ? 1 : 2
    if (asked === undefined) this.#answer(`-- There is no /${word}: /help lists what there is.`)
    else if (had < asked.needs) this.#answer(`-- /${word} ${asked.usage}: ${asked.summary}`)
    else this.#answer(asked.run(this.#house, this.#member, first, rest))
  }

  #answer(line: string | undefined): void {
    if (line !== undefined) this.#member.tell(line)
  }
}

function act(member: Member, text: string): string | undefined {
  return inRoom(member, [`* ${member.nick} ${text.trimEnd()}`])
}

function inRoom(member: Member, lines: readonly string[]): string | undefined {
  const { current } = member
  current?.say(member, lines)
  return current === undefined ? '-- You are in no room, and nobody hears you: /join one.' : undefined
}

function whisper(house: House, member: Member, nick: string, text: string): string | undefined {
  const to = house.find(nick)
  to?.tell(`[private] <${member.nick}> ${text}`)
  return to === undefined ? `-- ${nick} is not here.` : undefined
}

function rooms(house: House): string {
  return `-- Rooms: ${listed(
    Array.from(house.rooms, ({ name, members }) => `${name} (${members.size})`),
    'none'
  )}`
}

function who(house: House, member: Member, name: string): string {
  const room = name === '' ? member.current : house.room(name)
  if (room === undefined) return '-- There is no such room.'
  return `-- In ${room.name}: ${listed(Array.from(room.members, ({ nick }) => nick))}`
}

function help(member: Member): string {
  for (const [name, { usage, summary }] of commands) member.tell(`-- /${`${name} ${usage}`.padEnd(16)} ${summary}`)
  return `-- Anything else is said in the room you speak in; a line that begins with // is said with one / less.`
}
