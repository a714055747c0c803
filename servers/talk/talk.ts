/**
 * Talk: an operator's desk. What clients send appears at the terminal of the server with its sender; what is typed there
 * goes to the last sender, and behind `@SENDER` to a named one (a port will do where only one has it).
 *
 *   C: Anybody there?             (the desk shows: 127.0.0.1:51234: Anybody there?)
 *   S: I am. What is it?          (the operator typed that, or: @51234 I am. What is it?)
 *   C: bye                        (the desk shows: 127.0.0.1:51234: bye, and the line is closed)
 *
 * `bye` from either side ends a talk, never the desk; so does the end of what a client sends, or half an hour of silence.
 * Over UDP a sender's address is its name, with /udp behind it. Where nobody is at the terminal, the desk still listens.
 *
 * Framing: typed lines in (see `typedLines`), CR LF out; over UDP a datagram is a message, or a few lines of them.
 */
import { lookup } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import {
  type Client,
  type ClientRequest,
  ConnectError,
  type Connection,
  channel,
  collect,
  connect,
  type Datagram,
  decode,
  delimiter,
  type Endpoint,
  each,
  forEach,
  formatPeer,
  LimitError,
  map,
  openDatagrams,
  ProtocolError,
  paced,
  parseEndpoint,
  pipe,
  printable,
  type Server,
  type ServerContext,
  take,
  text,
  typedLines
} from '../../lib/index.ts'
import { DatagramCallers } from './datagram-callers.ts'
import { type Caller, Desk, goodBye, isGoodBye } from './desk.ts'

/** People think before they type, and some type key by key. */
const halfAnHour = 30 * 60 * 1000

/** Nobody types faster, and an operator cannot read faster. */
const pace = { perSecond: 20, floodMs: 10_000 }

/** Callers by UDP at a time: more than an operator can talk to, and who says nothing costs 300 bytes. */
const mostDatagramCallers = 1_000

/** A line that is too long costs that line; what is longer than this ends the talk. */
const skip = { onOversize: 'skip', maxBodyBytes: 64 * 1024 } as const
const told = text(delimiter(['\r\n', '\n'], { maxBytes: 8 * 1024 }))

/** The desk of each service: its connections and its UDP sockets share it. */
const desks = new WeakMap<ServerContext, Desk>()
/** Callers without an address so far. */
let locals = 0

export const talk: Server = {
  name: 'talk',
  summary: 'An operator at the terminal answers who talks to it',
  endpoints: ['tcp://127.0.0.1:8001', 'udp://127.0.0.1:8001'],
  sharedState: true,
  // Who said bye is let go, also where `nc` would go on to wait for its input.
  limits: { idleMs: halfAnHour, frameMs: halfAnHour, lingerMs: 2_000 },
  options: {},
  datagrams: { replies: 'any' },
  open: (_, context) => {
    const desk = deskOf(context)
    return (peer) => attend(peer, desk)
  },
  openDatagrams: (_, context) => {
    const desk = deskOf(context)
    return async (socket) => {
      const replies = channel<Datagram>({ policy: 'drop-oldest' })
      const heard = new DatagramCallers(desk, (datagram) => replies.push([datagram]), {
        idleMs: halfAnHour,
        most: mostDatagramCallers
      })
      const listening = pipe(
        socket,
        forEach((datagram) => heard.heard(datagram))
      ).finally(() => replies.end())
      await Promise.all([pipe(replies, socket), listening])
    }
  }
}

function deskOf(context: ServerContext): Desk {
  let desk = desks.get(context)
  if (desk === undefined) {
    desk = new Desk((line) => context.report(line))
    desks.set(context, desk)
    // An operator who leaves in the middle of a line does not end the desk.
    operate(context, desk).catch((error: Error) => {
      if (!context.signal.aborted) context.report(`nothing more is read from the terminal: ${error.message}`)
    })
  }
  return desk
}

async function operate({ terminal, signal, report }: ServerContext, desk: Desk): Promise<void> {
  const lines = pipe(terminal, decode(typedLines(), skip))
  for await (const batch of lines) {
    if (signal.aborted) return
    for (const line of batch) {
      if (typeof line === 'string') desk.typed(line)
      else report('that line is too long, and went to nobody')
    }
  }
}

async function attend(peer: Connection, desk: Desk): Promise<void> {
  const replies = channel<Uint8Array>({ capacity: 64 })
  const answer = (bytes: Uint8Array): void => {
    try {
      replies.push([bytes])
    } catch (error) {
      peer.abort(new LimitError('slow_reader', `${caller.name} does not read: ${(error as Error).message}`))
    }
  }
  const say = (line: string): void => answer(Buffer.from(`${line}\r\n`))
  const caller: Caller = { name: nameOf(peer), say, answer, end: () => replies.end() }
  desk.enter(caller)
  try {
    const sent = pipe(replies, peer)
    const heard = listen(peer, caller, desk).then(() => replies.end())
    // Where the desk ends the talk, no more of it is heard.
    await Promise.race([sent, heard.then(() => sent)])
  } finally {
    desk.leave(caller)
  }
}

async function listen(peer: Connection, caller: Caller, desk: Desk): Promise<void> {
  for await (const batch of pipe(peer, decode(typedLines(), skip), paced(pace))) {
    for (const item of batch) {
      if (typeof item === 'string') desk.heard(caller, item)
      else if (item instanceof Uint8Array) caller.answer?.(item)
      else caller.say('-- That line was too long, and nobody read it.')
    }
  }
}

/** Whoever comes through a Unix socket has no address of its own. */
function nameOf({ remote }: Connection): string {
  return remote.host === undefined ? `local-${++locals}` : formatPeer(remote)
}

export const talkClient: Client = {
  name: 'talk',
  summary: 'Asks the message and prints the first answer, or talks until somebody says bye',
  endpoint: 'tcp://127.0.0.1:8001',
  options: {},
  interactive: true,
  async run(request) {
    const { endpoint, tls, login, message, input, print, signal } = request
    const to = parseEndpoint(endpoint)
    if (to.kind === 'udp') return talkByDatagram(to, request)
    await using server = await connect(endpoint, { signal, tls, login })
    if (message === undefined) return pipe(input, server, decode(told), map(printable), forEach(print))
    const asked = channel<Uint8Array>()
    asked.push([Buffer.from(`${message}\n`)])
    const [answer] = await pipe(asked, server, decode(told), take(1), collect())
    if (answer === undefined) throw new ProtocolError('the desk went away without an answer')
    await print(printable(answer))
  }
}

/** @throws ConnectError for a name that nobody has */
async function addressOf(host: string, endpoint: string): Promise<string> {
  try {
    return (await lookup(host, isIPv6(host) ? 6 : 4)).address
  } catch (cause) {
    throw new ConnectError(endpoint, 'the name does not resolve', { cause })
  }
}

type UdpEndpoint = Extract<Endpoint, { kind: 'udp' }>

/** Over UDP a message may be lost: nobody can tell that from an operator who thinks, so it is not sent again. */
async function talkByDatagram({ host, port }: UdpEndpoint, request: ClientRequest<unknown>): Promise<void> {
  const { endpoint, message, input, print, signal } = request
  // Whoever else writes to our port is not the desk; so its address is needed, and not its name.
  const remote = { host: await addressOf(host, endpoint), port }
  await using socket = await openDatagrams(endpoint, { bind: false })
  const patience = AbortSignal.any([signal, AbortSignal.timeout(halfAnHour)])
  const giveUp = (): void => socket.abort(patience.reason)
  if (patience.aborted) giveUp()
  patience.addEventListener('abort', giveUp, { once: true })
  const said = channel<Datagram>({ capacity: 1_000 })
  const say = (line: string): unknown => said.push([{ bytes: Buffer.from(line), remote }])
  const sent = pipe(said, socket)
  // Who waits below is told of the same fault.
  sent.catch(() => {})

  const hear = async (): Promise<void> => {
    for await (const { bytes, remote: from } of each(socket.source)) {
      if (from.host !== remote.host || from.port !== port) continue
      const line = printable(Buffer.from(bytes).toString().trimEnd())
      await print(line)
      if (message !== undefined || isGoodBye(line)) return
    }
  }
  const type = async (): Promise<void> => {
    for await (const line of each(pipe(input, decode(told)))) {
      if (isGoodBye(line)) return
      say(line)
    }
  }
  if (message !== undefined) say(message)
  await (message === undefined ? Promise.race([hear(), type()]) : hear())
  say(goodBye)
  said.end()
  await sent
}
