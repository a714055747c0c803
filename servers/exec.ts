/**
 * Exec: commands of an allow-list, run for others; never a shell.
 *
 *   C: date -u +%F
 *   S: 0b 00 00 00 2012-08-15
 *   C: rm -rf /
 *   S: 3c 00 00 00 Error: not allowed: "rm" is no command of the allow-list
 *   C: q
 *   S: <FIN>
 *
 * Framing: commands are lines; each has one answer, in their order, as `--reply` says (see exec/replies.ts). What a line
 * means stands in exec/command-line.ts, what may run in exec/allow-list.ts, and how it is held in exec/confinement.ts and
 * exec/process-group.ts. Nothing runs without an allow-list, and who is not on this machine must log in.
 */
import {
  type Client,
  choice,
  connect,
  decode,
  dialog,
  each,
  pipe,
  type Server,
  type Source,
  word
} from '../lib/index.ts'
import { acknowledged } from './exec/acknowledged.ts'
import { type AllowList, allowOption } from './exec/allow-list.ts'
import { ask } from './exec/ask.ts'
import { commandCodec, type Framing, framings, type Line, quit, tolerant } from './exec/commands.ts'
import { Desk } from './exec/desk.ts'
import { explain } from './exec/explain.ts'
import { closeInheritedFiles } from './exec/inherited-files.ts'
import { type ReplyKind, replyKinds, replyStage } from './exec/replies.ts'

interface Wire {
  reply: ReplyKind
  framing: Framing
}

const wire = {
  reply: choice('how an answer is framed, see the README', replyKinds),
  framing: choice(
    'how a command line ends: line, or chunk (whatever arrives in one read; for textbook clients, and wrong as soon as two arrive together)',
    framings
  )
}

export const exec: Server<Wire & { allow: AllowList; check: string | undefined }> = {
  name: 'exec',
  summary: 'Runs commands of an allow-list, never a shell',
  endpoints: ['tcp://127.0.0.1:8088'],
  loginOffLoopback: true,
  options: {
    allow: allowOption,
    ...wire,
    check: word('say whether and why this command line would run, and exit', undefined, 'COMMAND')
  },
  explain: ({ allow, check }) => (check === undefined ? undefined : explain(allow, check)),
  open({ allow, reply, framing }, { report }) {
    if (allow.commands.size > 0) closeInheritedFiles()
    const desk = new Desk({ allow, streaming: reply === 'stream', report })
    if (reply === 'ack') return (peer) => acknowledged(peer, desk, framing)
    return (peer) =>
      pipe(
        peer,
        decode(commandCodec(framing), tolerant),
        (lines: Source<Line>) => desk.answers(untilQuit(lines), peer),
        replyStage(reply),
        peer
      )
  }
}

async function* untilQuit(lines: Source<Line>): AsyncGenerator<Line> {
  for await (const line of each(lines)) {
    if (line === quit) return
    yield line
  }
}

export const execClient: Client<Wire> = {
  name: 'exec',
  summary: 'Runs the command line of the message, or each line of standard input',
  endpoint: 'tcp://127.0.0.1:8088',
  options: wire,
  async run({ endpoint, tls, login, message, options, input, print, printError = print, signal }) {
    await using server = await connect(endpoint, { signal, tls, login })
    const talk = dialog(server)
    // Who goes away in the middle of an answer has no use for the rest of it, and the command ends with that.
    const cut = (): void => server.abort(signal.reason)
    signal.addEventListener('abort', cut, { once: true })
    let failure: string | undefined
    for await (const line of message === undefined ? linesOf(input) : [message]) {
      if (line === quit) break
      failure = await ask(talk, line, { ...options, print, printError })
      if (failure !== undefined && message === undefined) await printError(`Error: ${failure}`)
    }
    signal.removeEventListener('abort', cut)
    talk.end()
    if (failure !== undefined) throw new Error(failure)
  }
}

/** As people type them: blank ones mean nothing, and the last one may have no end. */
async function* linesOf(input: Source<Uint8Array>): AsyncGenerator<string> {
  const utf8 = new TextDecoder()
  let typed = ''
  for await (const bytes of each(input)) {
    const lines = (typed + utf8.decode(bytes, { stream: true })).split(/\r?\n/)
    typed = lines.pop() as string
    yield* lines.filter((line) => line.trim() !== '')
  }
  if (typed.trim() !== '') yield typed
}
