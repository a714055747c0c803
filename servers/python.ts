/**
 * Python: the other end of a `multiprocessing.connection` of CPython 3.8 to 3.13. Every message comes back as it was.
 *
 *   C: 00 00 00 05 | 80 04 4b 2a 2e          conn.send(42)
 *   S: 00 00 00 05 | 80 04 4b 2a 2e          conn.recv() is 42
 *   C: 00 00 00 05 | hello                   conn.send_bytes(b'hello')
 *   S: 00 00 00 05 | hello
 *   C: 00 00 00 24 | 80 04 95 ... 52 94 2e   an object that would call os.system
 *   S: 00 00 00 79 | ('#ERROR', 'pickle: refused: STACK_GLOBAL at byte 28 wants posix.system, ...'), and closes
 *
 * A message that begins as Python's pickles do (80, and 2 to 5) must be one of plain values; nothing that it says is ever
 * run. Any other is bytes of `send_bytes`. The refusal has the form in which Python's managers tell of errors.
 *
 * With `--authkey-file` both sides prove first that they have the key (see lib/gate/authkey.ts).
 *
 * Framing: length, 4 bytes big endian and signed; -1 and then 8 bytes for more than 2 GiB.
 */

import { multiprocessing } from '../lib/codec/presets/multiprocessing.ts'
import { fromPickle, type PlainValue, parseLiteral, repr, Tuple, toPickle } from '../lib/codec/presets/pickle.ts'
import {
  authkeyGate,
  authkeyLogin,
  batched,
  type Client,
  type Codec,
  choice,
  connect,
  decode,
  delimiter,
  encode,
  flag,
  forEach,
  formatPeer,
  type Login,
  limits,
  map,
  type Option,
  PeerError,
  ProtocolError,
  pipe,
  readKeyFile,
  type Server,
  type Source,
  type Stage,
  size,
  stage,
  tap,
  text
} from '../lib/index.ts'

/** How much of a message a report shows, in characters. */
const shownLength = 200

interface PythonOptions {
  authkeyFile: Uint8Array | undefined
  allowMd5: boolean
  messages: 'any' | 'pickles' | 'bytes'
  maxBytes: number
  show: boolean
}

/** A key that is read at the start, and not as text. */
const secret = (summary: string): Option<Uint8Array | undefined> => ({
  summary,
  default: undefined,
  value: 'FILE',
  parse: readKeyFile
})

const authkeyOptions = {
  authkeyFile: secret('both sides prove that they have the key in this file'),
  allowMd5: flag('with a key: also as Python up to 3.11 does it, by MD5')
}
const maxBytes = size('the largest message (16MiB)', limits.messageBytes)

export const python: Server<PythonOptions> = {
  name: 'python',
  summary: "Echoes the messages of Python's multiprocessing.connection",
  endpoints: ['tcp://127.0.0.1:25000'],
  options: {
    ...authkeyOptions,
    messages: choice('what messages are', ['any', 'pickles', 'bytes']),
    maxBytes,
    show: flag('report each message as Python writes it')
  },
  gates: ({ authkeyFile, allowMd5 }) =>
    authkeyFile === undefined ? [] : [authkeyGate({ authkey: authkeyFile, allowMd5 })],
  open: (options, { report }) => {
    const message = multiprocessing({ maxBytes: options.maxBytes })
    return (peer) => {
      const who = formatPeer(peer.remote)
      const heard = (shown: string): void => report(`The client at ${who} sent ${shown}`)
      return pipe(peer, decode(message), judged(options, heard), encode(message), peer)
    }
  }
}

/** Lets messages pass. One that is refused is answered by the reason, and is the last. */
function judged({ messages, show }: PythonOptions, heard: (shown: string) => void): Stage<Uint8Array, Uint8Array> {
  return stage('judged', () => ({
    push(batch, out) {
      for (const message of batch) {
        try {
          const value = isPickle(message, messages) ? fromPickle(message) : message
          if (show) heard(repr(value, { maxLength: shownLength }))
        } catch (error) {
          if (error instanceof PeerError) out.push(toPickle(new Tuple(['#ERROR', error.message])))
          throw error
        }
        out.push(message)
      }
    }
  }))
}

/** What `conn.send` writes begins with its protocol; older protocols, which have no such mark, nobody sends any more. */
function isPickle([first = 0, version = 0]: Uint8Array, messages: PythonOptions['messages'] = 'any'): boolean {
  return messages === 'pickles' || (messages === 'any' && first === 0x80 && version >= 2 && version <= 5)
}

export const pythonClient: Client<Pick<PythonOptions, 'authkeyFile' | 'allowMd5' | 'maxBytes'> & { bytes: boolean }> = {
  name: 'python',
  summary: 'Sends the message, or each line of standard input, as the value that it is in Python or JSON, else as text',
  endpoint: 'tcp://127.0.0.1:25000',
  options: { ...authkeyOptions, maxBytes, bytes: flag('send it as it stands, by send_bytes') },
  async run({ endpoint, tls, login = async (connection) => connection, message, options, input, print, signal }) {
    const { authkeyFile: authkey, allowMd5, bytes } = options
    const framing: Codec<Uint8Array> = multiprocessing({ maxBytes: options.maxBytes })
    const authkeyed = authkey === undefined ? undefined : authkeyLogin({ authkey, allowMd5 })
    const both: Login = async (connection) => {
      const inner = await login(connection)
      return authkeyed === undefined ? inner : authkeyed(inner)
    }
    await using server = await connect(endpoint, { signal, tls, login: both })
    const line = text(delimiter(['\r\n', '\n'], { maxBytes: options.maxBytes }))
    const said: Source<string> = message === undefined ? pipe(whole(input), decode(line)) : batched([message])
    let open = 0
    await pipe(
      said,
      map((words): Uint8Array => (bytes ? Buffer.from(words) : toPickle(meant(words)))),
      tap(() => open++),
      encode(framing),
      server,
      decode(framing),
      tap(() => open--),
      map((told) => repr(isPickle(told) ? fromPickle(told) : told)),
      forEach(print)
    )
    if (open > 0) throw new ProtocolError(`the server ended with ${open} messages unanswered`)
  }
}

function meant(words: string): PlainValue {
  const value = parseLiteral(words)
  return value === undefined ? words : value
}

/** The last line may lack its end. */
async function* whole(input: Source<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let last = 0x0a
  for await (const batch of input) {
    last = batch.at(-1)?.at(-1) ?? last
    yield batch
  }
  if (last !== 0x0a) yield [Uint8Array.of(0x0a)]
}
