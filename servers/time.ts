/**
 * Time: any datagram is answered with the local time, one with a `%` in it with the time in that format.
 *
 *   C: (anything, also an empty datagram)
 *   S: Wed Aug 15 20:35:08 2012
 *   C: %Y-%m-%d
 *   S: 2012-08-15
 *
 * A reply is at most 64 bytes long, or as long as the question, and what looks like a reply is not answered.
 *
 * Framing: a datagram is a message. The first form is what Python's `time.ctime()` prints, the second its `time.strftime`.
 */
import {
  askDatagram,
  type Client,
  ctime,
  type Datagram,
  flatMap,
  InvalidOptionError,
  pipe,
  type Server,
  strftime,
  word
} from '../lib/index.ts'

/**
 * What is told also to who asked in fewer bytes: with headers 110 bytes on an Ethernet, to the 64 of the shortest frame
 * there is, thus less than twice as many. A longer reply must have been asked for in as many bytes.
 */
const replyBytes = 64

/** What we tell ourselves: answered by another such server, it would go on for ever. */
const ownReply = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/

/** The longest format answered, in bytes: enough for every conversion once, too short to be worth an attack. */
const maxFormatBytes = 128

interface TimeOptions {
  defaultFormat: string | undefined
  timezone: string | undefined
}

export const time: Server<TimeOptions> = {
  name: 'time',
  summary: 'Tells the local time, in a strftime format if asked in one',
  endpoints: ['udp://127.0.0.1:20000'],
  options: {
    defaultFormat: word('strftime format for datagrams without %', undefined, 'FORMAT', (format) =>
      strftime(format, new Date(0))
    ),
    timezone: word('zone of the time told', undefined, 'ZONE', (zone) => ctime(new Date(0), zone))
  },
  datagrams: { replyBytes },
  openDatagrams: (options) => (socket) =>
    pipe(
      socket,
      flatMap((asked) => answerTo(asked, options)),
      socket
    )
}

function answerTo({ bytes, remote }: Datagram, { defaultFormat, timezone }: TimeOptions): Datagram[] {
  const told = timeFor(bytes, defaultFormat, timezone)
  return told === undefined ? [] : [{ bytes: Buffer.from(told), remote }]
}

/** Undefined for a format that cannot be printed: silence is the only answer that cannot be made to loop. */
function timeFor(
  bytes: Uint8Array,
  defaultFormat: string | undefined,
  timezone: string | undefined
): string | undefined {
  const now = new Date()
  const format = bytes.includes(0x25) ? Buffer.from(bytes).toString() : defaultFormat
  if (isOwnReply(bytes)) return undefined
  if (format === undefined) return ctime(now, timezone)
  if (bytes.byteLength > maxFormatBytes) return undefined
  try {
    return strftime(format, now, timezone)
  } catch (error) {
    if (error instanceof InvalidOptionError) return undefined
    throw error
  }
}

function isOwnReply(bytes: Uint8Array): boolean {
  return bytes.byteLength <= replyBytes && ownReply.test(Buffer.from(bytes).toString('latin1'))
}

export const timeClient: Client = {
  name: 'time',
  summary: 'Asks for the time; the message is a strftime format',
  endpoint: 'udp://127.0.0.1:20000',
  options: {},
  async run({ endpoint, message = '', print, signal }) {
    const answer = await askDatagram(endpoint, Buffer.from(message), { signal })
    await print(Buffer.from(answer).toString())
  }
}
