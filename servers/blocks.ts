/**
 * Blocks: a message is any number of blocks, each behind its length; a length of zero ends the message.
 *
 *   C: 00 00 00 05 hello  00 00 00 05 world  00 00 00 00
 *   S: The client at 127.0.0.1:51234 sent block 1 of message 1, 5 bytes: 'hello'       (on standard output)
 *   S: The client at 127.0.0.1:51234 sent block 2 of message 1, 5 bytes: 'world'
 *   S: The client at 127.0.0.1:51234 sent message 1: 2 blocks, 10 bytes
 *
 * With `--reply` each message is also answered, its last block first:
 *
 *   S: 00 00 00 05 world  00 00 00 05 hello  00 00 00 00
 *
 * Framing: length, 4 bytes big endian, in both directions. A client may end between two messages; inside one it is
 * reported with what came and what was missing. Blocks are reported while they arrive and not kept, but for `--reply`.
 */
import {
  BodyBegin,
  BodyData,
  type BodyPart,
  batched,
  type Client,
  connect,
  decode,
  drain,
  encode,
  FrameTooLargeError,
  flag,
  forEach,
  formatPeer,
  length,
  limits,
  ProtocolError,
  pipe,
  quoted,
  type Server,
  type Source,
  type Stage,
  type Step,
  size,
  stage,
  UnexpectedEndError
} from '../lib/index.ts'

/** The largest that 4 bytes can announce. */
const block = length({ prefix: 4, maxBytes: 2 ** 32 - 1 })
const headerBytes = 4
const end = new Uint8Array(0)

/** How much of a block is shown, in bytes. */
const shownBytes = 64

interface BlocksOptions {
  reply: boolean
  maxBytes: number | undefined
}

export const blocks: Server<BlocksOptions> = {
  name: 'blocks',
  summary: 'Reports each block and each whole message',
  endpoints: ['tcp://127.0.0.1:1063'],
  options: {
    reply: flag('answer each message with its blocks in reverse order'),
    maxBytes: size('the largest message (64GiB; 16MiB with --reply, which keeps it)', undefined)
  },
  open:
    ({ reply, maxBytes = reply ? limits.messageBytes : limits.bodyBytes }, { report }) =>
    (peer) => {
      const who = formatPeer(peer.remote)
      const messages = follow({ keep: reply, maxBytes, report: (line) => report(`The client at ${who} sent ${line}`) })
      const inParts = decode(block, { asBodies: true, maxBodyBytes: maxBytes })
      return reply ? pipe(peer, inParts, messages, encode(block), peer) : pipe(peer, inParts, messages, drain())
    }
}

interface Rules {
  readonly keep: boolean
  readonly maxBytes: number
  report(line: string): void
}

/** Tells of each block and message; gives out what answers it, where the blocks are kept. */
function follow(rules: Rules): Stage<BodyPart, Uint8Array> {
  return stage('messages', () => new Messages(rules))
}

class Messages implements Step<BodyPart, Uint8Array> {
  readonly #rules: Rules
  #messages = 0
  /** Of the message that is not whole yet. */
  #blocks = 0
  #bytes = 0
  readonly #kept: Uint8Array[] = []
  /** Of the block that is not whole yet. */
  #length = 0
  #parts: Uint8Array[] = []
  #partBytes = 0

  constructor(rules: Rules) {
    this.#rules = rules
  }

  push(parts: readonly BodyPart[], out: Uint8Array[]): void {
    for (const part of parts) {
      if (part instanceof BodyBegin) this.#begin(part.length ?? 0)
      else if (part instanceof BodyData) this.#take(part.bytes)
      else if (this.#length > 0) this.#blockEnded()
      else this.#messageEnded(out)
    }
  }

  end(): void {
    if (this.#blocks === 0) return
    const had = this.#bytes + this.#blocks * headerBytes
    throw new UnexpectedEndError('blocks', { phase: 'trailer', had, needed: had + headerBytes, partial: end })
  }

  held(): number {
    return this.#rules.keep ? this.#bytes + this.#partBytes : Math.min(this.#blocks, 1)
  }

  #begin(announced: number): void {
    const { maxBytes } = this.#rules
    if (this.#bytes + announced > maxBytes) throw new FrameTooLargeError('blocks', this.#bytes + announced, maxBytes)
    if (this.#blocks === limits.messageBlocks && announced > 0 && this.#rules.keep) {
      throw new FrameTooLargeError('blocks', this.#blocks + 1, limits.messageBlocks, 'blocks')
    }
    this.#length = announced
    this.#parts = []
    this.#partBytes = 0
  }

  #take(bytes: Uint8Array): void {
    const room = this.#rules.keep ? bytes.byteLength : shownBytes - this.#partBytes
    if (room <= 0) return
    const kept = bytes.byteLength <= room ? bytes : bytes.subarray(0, room)
    this.#parts.push(this.#rules.keep ? kept : kept.slice())
    this.#partBytes += kept.byteLength
  }

  #blockEnded(): void {
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts)
    const message = this.#messages + 1
    this.#blocks++
    this.#bytes += this.#length
    if (this.#rules.keep) this.#kept.push(bytes)
    this.#parts = []
    this.#partBytes = 0
    const shown = quoted(bytes.subarray(0, shownBytes))
    const more = this.#length > shownBytes ? '...' : ''
    this.#rules.report(`block ${this.#blocks} of message ${message}, ${counted(this.#length, 'byte')}: ${shown}${more}`)
  }

  #messageEnded(out: Uint8Array[]): void {
    this.#messages++
    const size = `${counted(this.#blocks, 'block')}, ${counted(this.#bytes, 'byte')}`
    this.#rules.report(`message ${this.#messages}: ${size}`)
    if (this.#rules.keep) out.push(...this.#kept.reverse(), end)
    this.#kept.length = 0
    this.#blocks = 0
    this.#bytes = 0
  }
}

function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`
}

export const blocksClient: Client<{ reply: boolean }> = {
  name: 'blocks',
  summary:
    'Sends a message, each word or each piece of standard input a block; with --reply prints the blocks that come back',
  endpoint: 'tcp://127.0.0.1:1063',
  options: { reply: flag('the server answers') },
  async run({ endpoint, tls, message, input, options: { reply }, print, signal }) {
    await using server = await connect(endpoint, { signal, tls })
    const words = message?.split(' ').map((word): Uint8Array => Buffer.from(word))
    const sent = words === undefined ? input : batched(words)
    let whole = false
    await pipe(
      withEnd(sent),
      encode(block),
      server,
      decode(block),
      forEach((told) => {
        whole = told.byteLength === 0
        return whole ? undefined : print(Buffer.from(told).toString())
      })
    )
    if (reply && !whole) throw new ProtocolError('the server ended before the end of its message')
  }
}

/** The blocks that have a byte, and the empty one that ends the message. */
async function* withEnd(source: Source<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  for await (const batch of source) yield batch.filter(({ byteLength }) => byteLength > 0)
  yield [end]
}
