/**
 * Timestamp: a Unix timestamp is answered with the local date and time.
 *
 *   C: 1345063230.25
 *   S: 2012-08-15 20:40:30
 *   C: yesterday
 *   S: Error: not a timestamp: 'yesterday'
 *
 * Framing: delimiter, `\n` or `\r\n`, both ways. Timestamps may be pipelined; answers keep their order. A part of a second
 * is cut off, towards the past. With `--framing chunk` whatever one read brings is one message: what the simplest clients
 * take for granted, and wrong as soon as two of their messages glue together.
 */
import { setTimeout } from 'node:timers/promises'
import {
  batched,
  type Client,
  choice,
  connect,
  decode,
  delimiter,
  encode,
  forEach,
  map,
  PeerError,
  ProtocolError,
  pipe,
  quoted,
  type Server,
  seconds,
  strftime,
  tap,
  text,
  word
} from '../lib/index.ts'

const asked = text(delimiter(['\n', '\r\n']))
const told = text(delimiter('\n', { maxBytes: 8192 }))

/** Four digits, as `date +%Y` prints years. */
const usual = '%04Y-%m-%d %H:%M:%S'
const [yearOne, yearTenThousand] = [-62_135_596_800, 253_402_300_800]

/** How much of a line that is no timestamp is shown, in characters. */
const shown = 40

type Framing = 'line' | 'chunk'

interface TimestampOptions {
  format: string
  framing: Framing
}

export const timestamp: Server<TimestampOptions> = {
  name: 'timestamp',
  summary: 'Answers a Unix timestamp with the local date and time',
  endpoints: ['tcp://127.0.0.1:8081'],
  options: {
    format: word('strftime format of the answers', usual, 'FORMAT', (format) => oneLine(format, new Date(0))),
    framing: choice(
      'what one message is: a line, or whatever one read brings (chunk), which is wrong as soon as messages glue together',
      ['line', 'chunk']
    )
  },
  open: ({ format, framing }) => {
    const answer = (line: string | PeerError): string => answerTo(line, format)
    return (peer) =>
      framing === 'chunk'
        ? pipe(
            peer,
            map((chunk) => Buffer.from(answer(Buffer.from(chunk).toString()))),
            peer
          )
        : pipe(peer, decode(asked, { onFault: 'item' }), map(answer), encode(told), peer)
  }
}

/** What is no text at all is an error in the place of its line, and no timestamp either. */
function answerTo(line: string | PeerError, format: string): string {
  if (line instanceof PeerError) return `Error: not a timestamp: ${line.message}`
  const digits = line.trim()
  const since = secondsIn(digits)
  if (since >= yearOne && since < yearTenThousand) return oneLine(format, new Date(since * 1000))
  const why = Number.isNaN(since) ? 'Error: not a timestamp' : 'Error: not a timestamp of the years 1 to 9999'
  return `${why}: ${quoted(Buffer.from(digits.slice(0, shown)))}${digits.length > shown ? '...' : ''}`
}

/** Rounded down, and not by way of a number with a fraction: that would round many nines up. NaN for what is none. */
function secondsIn(digits: string): number {
  const [, whole, fraction = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(digits) ?? []
  return Number(whole) - (digits.startsWith('-') && /[1-9]/.test(fraction) ? 1 : 0)
}

/** @throws InvalidOptionError for a format that cannot be printed */
function oneLine(format: string, when: Date): string {
  return strftime(format, when).replaceAll('\n', ' ')
}

interface ClientOptions {
  every: number
  framing: Framing
}

export const timestampClient: Client<ClientOptions> = {
  name: 'timestamp',
  summary: 'Sends the timestamp of the message, or else the current time again and again, and prints the answers',
  endpoint: 'tcp://127.0.0.1:8081',
  options: {
    every: seconds('how often the time is sent (10)', 10),
    framing: choice('as the server has it', ['line', 'chunk'])
  },
  async run({ endpoint, tls, login, message, options: { every, framing }, print, signal }) {
    await using server = await connect(endpoint, { signal, tls, login })
    const over = new AbortController()
    const timestamps = message === undefined ? ticks(every * 1000, over.signal) : batched([message])
    const toBytes = map((line: string): Uint8Array => Buffer.from(line))
    const toText = map((chunk: Uint8Array) => Buffer.from(chunk).toString())
    let open = 0
    const asking = tap<string>(() => open++)
    const answered = tap<string>(() => open--)
    try {
      if (framing === 'chunk') await pipe(timestamps, asking, toBytes, server, toText, answered, forEach(print))
      else await pipe(timestamps, asking, encode(told), server, decode(told), answered, forEach(print))
    } catch (error) {
      // Without a message it goes on until somebody ends it: that is no failure.
      if (message === undefined && signal.aborted) return
      throw error
    } finally {
      over.abort()
    }
    if (open !== 0) throw new ProtocolError(`the server ended with ${open} timestamps unanswered`)
    if (message === undefined) throw new ProtocolError('the server ended')
  }
}

/** The time now, and again and again. */
async function* ticks(everyMs: number, signal: AbortSignal): AsyncGenerator<string[]> {
  while (!signal.aborted) {
    yield [(Date.now() / 1000).toFixed(3)]
    await setTimeout(everyMs, undefined, { signal }).catch(() => {})
  }
}
