/**
 * Streamer: a message is everything until the end.
 *
 *   C: Beautiful is better than ugly.<FIN>
 *   S: The client at 127.0.0.1:51234 sent 30 bytes: 'Beautiful is better than ugly.'      (on standard output)
 *
 * With `--reply`, also to the client:
 *
 *   C: Beautiful is better than ugly.<FIN>
 *   S: 30 758e5233... <FIN>                                            (bytes, and SHA-256 in hexadecimal)
 *
 * Framing: close; with `--reply` half-close, and a line back. A message of any size goes through in the same memory: only
 * its beginning is kept, to be shown. Nothing in it says that it is whole, so where that matters, compare what came back.
 */
import { createHash } from 'node:crypto'
import {
  BodyBegin,
  BodyData,
  BodyEnd,
  type BodyPart,
  batched,
  type Client,
  close,
  connect,
  decode,
  delimiter,
  encode,
  flag,
  forEach,
  formatPeer,
  halfClose,
  limits,
  map,
  ProtocolError,
  pipe,
  quoted,
  type Server,
  size,
  stage,
  tap,
  text
} from '../lib/index.ts'

const line = text(delimiter('\n'))

/** How much of a message is shown, in bytes. */
const shownBytes = 1024

interface Message {
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
  readonly beginning: Uint8Array
}

/** Counts, hashes and forgets. */
const summed = stage<BodyPart, Message>('summed', () => {
  let bytes = 0
  let hash = createHash('sha256')
  let beginning = Buffer.alloc(0)
  const take = ({ bytes: data }: BodyData): void => {
    hash.update(data)
    bytes += data.byteLength
    if (beginning.byteLength < shownBytes) {
      beginning = Buffer.concat([beginning, data.subarray(0, shownBytes - beginning.byteLength)])
    }
  }
  return {
    push(batch, out) {
      for (const part of batch) {
        if (part instanceof BodyBegin) {
          bytes = 0
          hash = createHash('sha256')
          beginning = Buffer.alloc(0)
        } else if (part instanceof BodyData) take(part)
        else if (part instanceof BodyEnd) out.push({ bytes, sha256: hash.digest('hex'), beginning })
      }
    }
  }
})

export const streamer: Server<{ reply: boolean; maxBytes: number }> = {
  name: 'streamer',
  summary: 'Collects everything until the client ends, then reports it',
  endpoints: ['tcp://127.0.0.1:1062'],
  options: {
    reply: flag('answer with the number of bytes and their SHA-256'),
    maxBytes: size('the largest message (64GiB)', limits.bodyBytes)
  },
  open:
    ({ reply, maxBytes }, { report }) =>
    (peer) => {
      const inParts = { asBodies: true, maxBodyBytes: maxBytes } as const
      const told = (message: Message): void => report(`The client at ${formatPeer(peer.remote)} ${shown(message)}`)
      return reply
        ? pipe(peer, decode(halfClose(), inParts), summed, tap(told), map(receipt), encode(line), peer)
        : pipe(peer, decode(close(), inParts), summed, forEach(told))
    }
}

function receipt({ bytes, sha256 }: Message): string {
  return `${bytes} ${sha256}`
}

function shown({ bytes, beginning }: Message): string {
  const all = bytes === beginning.byteLength
  return `sent ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}: ${quoted(all ? beginning : whole(beginning))}${all ? '' : '...'}`
}

/** Without a character of UTF-8 that was cut at its end. */
function whole(bytes: Uint8Array): Uint8Array {
  let end = bytes.byteLength
  while (end > 0 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end--
  return bytes.subarray(0, Math.max(0, end - 1))
}

export const streamerClient: Client<{ reply: boolean }> = {
  name: 'streamer',
  summary: 'Sends the message or standard input and ends; with --reply prints and checks the answer',
  endpoint: 'tcp://127.0.0.1:1062',
  options: { reply: flag('the server answers') },
  async run({ endpoint, tls, message, input, options: { reply }, print, signal }) {
    await using server = await connect(endpoint, { signal, tls })
    const hash = createHash('sha256')
    let bytes = 0
    const sent = tap((chunk: Uint8Array) => {
      hash.update(chunk)
      bytes += chunk.byteLength
    })
    const source = message === undefined ? input : batched([Buffer.from(message)])
    let answer: string | undefined
    await pipe(
      source,
      sent,
      server,
      decode(line),
      forEach((told) => {
        answer = told
        return print(told)
      })
    )
    const wanted = receipt({ bytes, sha256: hash.digest('hex'), beginning: Buffer.alloc(0) })
    if (reply && answer !== wanted) {
      throw new ProtocolError(`the server tells of ${answer ?? 'nothing'}, but ${wanted} was sent`)
    }
  }
}
