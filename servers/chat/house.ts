/** All rooms and all members of one service. What a member leaves behind is nothing. */
import type { Connection } from '../../lib/index.ts'
import { Member } from './member.ts'
import { legalName, Names, nameRule } from './names.ts'
import { Room } from './room.ts'

export interface ChatOptions {
  linesPerSecond: number
  floodMs: number
  history: number
  maxRooms: number
  roomsPerMember: number
  queuedBytes: number
}

/** Where everybody begins. */
const entrance = 'lobby'

/** Names that would lend somebody the voice of the house. */
const reserved = ['server', 'system', 'admin', 'private', 'you', 'nobody', 'everybody']

export class House {
  readonly options: ChatOptions
  readonly rooms = new Set<Room>()
  readonly members = new Set<Member>()
  readonly #roomNames = new Names<Room>()
  readonly #nicks = new Names<Member | 'reserved'>()
  #guests = 0

  constructor(options: ChatOptions) {
    this.options = options
    for (const name of reserved) this.#nicks.set(name, 'reserved')
  }

  enter(peer: Connection): Member {
    let nick = `guest${++this.#guests}`
    while (this.#nicks.likeness(nick) !== undefined) nick = `guest${++this.#guests}`
    const member = new Member(nick, peer, this.options.queuedBytes)
    this.members.add(member)
    this.#nicks.set(nick, member)
    member.tell(`-- Welcome! You are ${nick}. /nick NAME changes that, /help tells the rest.`)
    this.join(member, entrance)
    return member
  }

  /**
   * Once or more.
   *
   * @param why for those who stay
   */
  leave(member: Member, why: string): void {
    if (!this.members.delete(member)) return
    for (const room of member.rooms) this.#leaveRoom(member, room, why)
    this.#nicks.delete(member.nick)
    member.end()
  }

  find(nick: string): Member | undefined {
    const found = this.#nicks.get(nick)
    return found === 'reserved' ? undefined : found
  }

  /** Answers what the member is told. */
  rename(member: Member, typed: string): string {
    const nick = legalName(typed)
    if (nick === undefined) return `-- A nick is ${nameRule}.`
    if (this.#nicks.likeness(nick, member) !== undefined) return `-- ${nick} is taken, or looks like a nick that is.`
    const before = member.nick
    this.#nicks.delete(before)
    this.#nicks.set(nick, member)
    member.nick = nick
    for (const room of member.rooms) room.note(member, `${before} is ${nick} now`)
    return `-- You are ${nick} now.`
  }

  /** Answers why it may not; a member that may is told by the room. */
  join(member: Member, typed: string): string | undefined {
    const { maxRooms, roomsPerMember, history } = this.options
    const room = this.#roomNames.get(typed)
    if (room !== undefined && member.rooms.delete(room)) {
      member.rooms.add(room)
      return `-- You speak in ${room.name} now.`
    }
    if (member.rooms.size >= roomsPerMember)
      return `-- You are in ${roomsPerMember} rooms, as many as may be: /part one.`
    if (room !== undefined) return enter(member, room)
    const name = legalName(typed)
    if (name === undefined) return `-- A room's name is ${nameRule}.`
    // The entrance always has its place.
    const taken = this.rooms.size + (this.#roomNames.get(entrance) === undefined ? 1 : 0)
    if (name !== entrance && taken >= maxRooms) return `-- There are ${maxRooms} rooms, as many as may be.`
    const like = this.#roomNames.likeness(name)
    if (like !== undefined) return `-- ${name} looks like ${like.name}, which is another room.`
    if (this.#nicks.likeness(name) === 'reserved') return `-- No room is called ${name}.`
    const created = new Room(name, history)
    this.rooms.add(created)
    this.#roomNames.set(name, created)
    return enter(member, created)
  }

  /** Answers what the member is told. */
  part(member: Member, typed: string): string {
    const room = typed === '' ? member.current : this.#roomNames.get(typed)
    if (room === undefined || !member.rooms.has(room)) return '-- You are not in that room.'
    this.#leaveRoom(member, room, '')
    const { current } = member
    return `-- You left ${room.name}${current === undefined ? '.' : `, and speak in ${current.name} now.`}`
  }

  room(typed: string): Room | undefined {
    return this.#roomNames.get(typed)
  }

  #leaveRoom(member: Member, room: Room, why: string): void {
    member.rooms.delete(room)
    room.members.delete(member)
    if (room.members.size > 0) {
      room.note(member, `${member.nick} left${why === '' ? '' : ` (${why})`}`)
      return
    }
    this.rooms.delete(room)
    this.#roomNames.delete(room.name)
  }
}

function enter(member: Member, room: Room): undefined {
  member.rooms.add(room)
  room.enter(member)
}
