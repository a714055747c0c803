/**
 * Chat: many people, many rooms, one line a message.
 *
 *   S: -- Welcome! You are guest1. /nick NAME changes that, /help tells the rest.
 *   S: [lobby] -- you are here with bob
 *   C: /nick ann
 *   S: -- You are ann now.
 *   C: Hello!                          (bob sees: [lobby] <ann> Hello!)
 *   S: [lobby] <bob> Hi ann.
 *   S: [private] <bob> Psst.           (bob typed: /msg ann Psst.)
 *
 * What begins with `--`, or with it behind the name of a room, is said by the house; nobody else can say such a line.
 *
 * Framing: typed lines in (see `typedLines`), CR LF out. A line that is too long costs that line; one without an end costs
 * the connection. Who reads too slowly is cut off: when 1 MiB waits for it, or when something waits and it takes nothing
 * for 10 s. Nobody else notices. Who sends too fast is read more slowly, and let go after 10 s.
 */
import {
  batched,
  type Client,
  type Connection,
  connect,
  count,
  decode,
  delimiter,
  FrameTooLargeError,
  forEach,
  map,
  ProtocolError,
  paced,
  pipe,
  printable,
  type Server,
  text,
  typedLines
} from '../../lib/index.ts'
import { Words } from './commands.ts'
import { type ChatOptions, House } from './house.ts'
import { chatLimits } from './limits.ts'
import type { Member } from './member.ts'

/** People think before they type, and some type key by key. */
const halfAnHour = 30 * 60 * 1000

const typed = typedLines({ maxBytes: chatLimits.lineBytes })
/** What is read of a line that is too long, to find its end. */
const skip = { onOversize: 'skip', maxBodyBytes: chatLimits.skippedBytes } as const
const told = text(delimiter(['\r\n', '\n'], { maxBytes: 64 * 1024 }))

export const chat: Server<ChatOptions> = {
  name: 'chat',
  summary: 'Rooms of people who type lines to each other',
  endpoints: ['tcp://127.0.0.1:8002'],
  sharedState: true,
  // Who quits is let go, also where `nc` would go on to wait for its input.
  limits: { idleMs: halfAnHour, frameMs: halfAnHour, lingerMs: 2_000 },
  options: {
    linesPerSecond: count('lines of one member heard in a second', chatLimits.linesPerSecond, { most: 1_000_000 }),
    floodMs: count('ms that it may go on sending faster', chatLimits.floodMs, { value: 'MS', most: 2 ** 31 - 1 }),
    queuedBytes: count('bytes that may wait for one member', chatLimits.queuedBytes, { least: 4096, value: 'BYTES' }),
    maxRooms: count('rooms', chatLimits.rooms),
    roomsPerMember: count('rooms that one member may be in', chatLimits.roomsPerMember),
    history: count('lines of a room that who joins is shown', chatLimits.history, { least: 0, most: 10_000 })
  },
  open: (options) => {
    const house = new House(options)
    return (peer) => attend(peer, house)
  }
}

async function attend(peer: Connection, house: House): Promise<void> {
  const member = house.enter(peer)
  try {
    await Promise.all([pipe(() => member.outgoing, peer), listen(peer, member, house)])
  } finally {
    house.leave(member, '')
  }
}

/** Reads until the member quits, is gone, or has to go: then it leaves, whether or not it takes what waits for it. */
async function listen(peer: Connection, member: Member, house: House): Promise<void> {
  try {
    const text = await read(peer, member, house)
    member.tell('-- Good-bye.')
    house.leave(member, text)
  } catch (error) {
    member.tell(`-- Good-bye: ${farewell(error)}`)
    house.leave(member, error instanceof ProtocolError ? 'sent too fast' : '')
    throw error
  }
}

async function read(peer: Connection, member: Member, house: House): Promise<string> {
  const { linesPerSecond, floodMs } = house.options
  const warn = (): void => member.tell(`-- That was fast: ${linesPerSecond} lines a second are heard, the rest waits.`)
  const words = new Words(house, member)
  for await (const batch of pipe(
    peer,
    decode(typed, skip),
    paced({ perSecond: linesPerSecond, floodMs, onWait: warn })
  )) {
    for (const item of batch) {
      if (item instanceof Uint8Array) member.send(item)
      else if (typeof item !== 'string') member.tell(`-- That line was not sent: ${farewell(item)}`)
      else words.hear(item)
      if (words.quit !== undefined) return words.quit
    }
    words.speak()
  }
  return ''
}

function farewell(error: unknown): string {
  if (error instanceof FrameTooLargeError) return `a line has ${chatLimits.lineBytes} bytes at most.`
  if (error instanceof ProtocolError) return 'you sent too much for too long.'
  return 'the line broke off.'
}

export const chatClient: Client = {
  name: 'chat',
  summary: 'Says the message, or what is typed, and prints what others say',
  endpoint: 'tcp://127.0.0.1:8002',
  options: {},
  interactive: true,
  async run({ endpoint, tls, login, message, input, print, signal }) {
    await using server = await connect(endpoint, { signal, tls, login })
    const said = message === undefined ? input : batched([Buffer.from(`${message}\n`)])
    await pipe(said, server, decode(told), map(printable), forEach(print))
  }
}
