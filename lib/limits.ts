/**
 * Every default limit, each with its reason. None is infinite. Sizes in bytes, times in ms.
 */
import { InvalidOptionError } from './errors.ts'

const KiB = 1024
const MiB = 1024 * KiB

export const limits = {
  /** A line or a question: people type them; SMTP allows 512, HTTP servers 8 KiB for all headers. */
  delimitedBytes: 4 * KiB,
  /** A length-prefixed message, or one block of a chunked one: fits every small protocol, and 1,000 of them fit RAM. */
  frameBytes: 1 * MiB,
  /** A whole message of many blocks, or one that ends where the stream does. */
  messageBytes: 16 * MiB,
  /** Blocks of one chunked message: each costs about 100 bytes beside its content, so 6.5 MiB of overhead at most. */
  messageBlocks: 65_536,
  /** A frame that is not held but passed on in parts, or skipped: as large as a disk image, and still not endless. */
  bodyBytes: 64 * 1024 * MiB,
  /** A frame with a deadline has a second more for so many bytes: slower than any modem, and a drip is not. */
  minBytesPerSecond: 64 * KiB,
  /** Nesting of a JSON text: `JSON.parse` of 1 MiB of `[` blocks the loop for a third of a second. */
  jsonDepth: 64,
  /** What is read from or written to one connection ahead of its consumer: one read of libuv. */
  highWaterBytes: 64 * KiB,
  /** Items that a step of a pipeline gets at a time: as many answers are made before the sink can say that it has enough. */
  stepItems: 512,
  /** Batches that a channel holds. */
  channelBatches: 16,
  /** Datagrams waiting for the handler of a UDP socket; more are dropped and counted. */
  datagrams: 1024,
  /** UDP receive buffer asked of the kernel: the default of 208 KiB holds 256 small datagrams of a burst. */
  datagramReceiveBytes: 4 * MiB,
  /**
   * Datagrams of one sender that a server hears in a second, and at once: people and their retries need less, and a loop
   * with a naive peer ends after the burst. An IPv6 network of 64 bits is one sender; loopback is exempt unless set.
   */
  datagramsPerSecond: 10,
  datagramBurst: 20,
  /** Datagrams of all senders heard in a second: forged senders are many, and this is a tenth of what a core can answer. */
  datagramsTotalPerSecond: 10_000,
  /** Senders remembered, about 100 bytes each: at the total rate for 3 s at least, and a burst is forgiven after 2. */
  datagramSources: 65_536,
  /** Source ports below are services' (chargen, DNS, NTP), which answer answers, and no client's. */
  leastSourcePort: 1024,
  /** The same datagram so often in a row, each within so many ms, is a loop (on loopback, where no rate applies). */
  datagramLoopRepeats: 16,
  datagramLoopMs: 5,
  /** Refused datagrams become one event for each reason in this time. */
  refusalReportMs: 1000,
  /** A question over UDP: how often it is sent, how long the first try waits; each further one waits twice as long. */
  askTries: 4,
  askTimeoutMs: 500,
  /** Connections accepted by the kernel and not yet by us; the kernel cuts it to its own `somaxconn`. */
  backlog: 4096,
  /** Permissions of a Unix socket: whoever connects is nobody else than who started the server. */
  unixMode: 0o600,
  /** Input read and thrown away when a connection is closed, so that our answer is not lost to a reset. */
  discardBytes: 64 * KiB,
  /** As {@link serviceLimits}, for who has no service. */
  lingerMs: 30_000,
  /** How long a client waits for a connection. */
  connectMs: 10_000,
  /** From accept to the end of a PROXY header: the specification asks for 3 s at least, which a lost packet takes. */
  proxyHeaderMs: 3_000,
  /** The longest PROXY header: HAProxy sends 536 bytes at most unless told otherwise. */
  proxyHeaderBytes: 2 * KiB,
  /** A whole TLS handshake: two round trips and a few ms of arithmetic. Node's own 120 s are a gift to the idle. */
  handshakeMs: 5_000,
  /** TLS handshakes at a time; each costs a core about 3 ms, so more at once only make all of them late. */
  handshakes: 100,
  /** Handshakes that wait for a place; each holds a file descriptor. */
  handshakesWaiting: 1_000,
  /** While others wait in line, the oldest handshake keeps its slot for this long: an honest one is through by then. */
  handshakeSlotMs: 250,
  /** How long a TLS 1.3 client waits for a first sign of the server, which tells that its certificate was taken. */
  confirmMs: 1_000,
  /** How often certificate files are looked at; a renewed one is in use long before the old one expires. */
  certificateCheckMs: 5_000,
  /** Bytes on their way through a faulty line: 100 ms of latency at 10 MB/s, and a thousand lines fit RAM. */
  faultWindowBytes: 1 * MiB,
  /** The longest a pull loop over an always-ready source runs before other work of the process gets its turn. */
  turnMs: 5
} as const

/** One limit of a service. */
export interface ServiceLimit {
  readonly default: number
  /** What the number counts. */
  readonly unit: 'ms' | 'bytes' | 'bytes/s' | 'connections' | 'connections/s' | 'files' | '%'
  /** The least that makes sense. */
  readonly least: number
  readonly summary: string
  /** Why the default is what it is. */
  readonly reason: string
}

/** What `serve` allows, by the names of its option `limits`, see {@link ServeLimits}. */
export const serviceLimits = {
  maxConnections: {
    default: 10_000,
    unit: 'connections',
    least: 1,
    summary: 'connections open at a time; one more is refused',
    reason: 'about 60 MiB when all are idle; never more than the open files of the process allow, less fileReserve'
  },
  maxPerSource: {
    default: 100,
    unit: 'connections',
    least: 1,
    summary: 'connections open at a time from one IPv4 address or IPv6 /64; loopback only where it is set',
    reason: 'an office behind one address fits, and one host cannot take all places'
  },
  acceptsPerSecond: {
    default: 10_000,
    unit: 'connections/s',
    least: 1,
    summary: 'connections taken in a second, and at once after a quiet second',
    reason: 'more than one core can serve: what is over it is no load but an attack'
  },
  fileReserve: {
    default: 64,
    unit: 'files',
    least: 1,
    summary: 'file descriptors that connections leave free',
    reason: 'a log, an upload and a name lookup still open when all places are taken'
  },
  loginStart: {
    default: 10,
    unit: 'connections',
    least: 1,
    summary: 'connections in front of their login from which some are refused',
    reason: 'as OpenSSH has it: 10 honest people rarely log in at the same moment'
  },
  loginRefusePercent: {
    default: 30,
    unit: '%',
    least: 0,
    summary: 'how many of them are refused at first; the share grows up to loginFull',
    reason: 'as OpenSSH has it: who is honest gets through at the second try'
  },
  loginFull: {
    default: 100,
    unit: 'connections',
    least: 1,
    summary: 'connections in front of their login at which all are refused',
    reason: 'as OpenSSH has it: work for nobody known is bounded'
  },
  loginMs: {
    default: 10_000,
    unit: 'ms',
    least: 1,
    summary: 'from accept to the end of all gates',
    reason: 'a program logs in within one, over a bad line within a few seconds'
  },
  loginBytes: {
    default: 16 * KiB,
    unit: 'bytes',
    least: 1,
    summary: 'bytes in and out before the end of all gates',
    reason: 'names, keys and proofs fit; a certificate chain too'
  },
  bufferedBytes: {
    default: 1 * MiB,
    unit: 'bytes',
    least: 1,
    summary: 'bytes that wait to be sent to one peer; who writes more behind them loses the connection',
    reason: 'a pipeline waits long before, at 64 KiB; only who does not wait gets there'
  },
  slowReaderBytes: {
    default: 256 * KiB,
    unit: 'bytes',
    least: 1,
    summary: 'bytes that may wait to be sent for longer than slowReaderMs',
    reason: 'twice what Node needs at full speed'
  },
  slowReaderMs: {
    default: 10_000,
    unit: 'ms',
    least: 1,
    summary: 'how long more than slowReaderBytes may wait, and a second more for each minBytesPerSecond taken',
    reason: 'a pause of the network passes; a reader slower than a modem does not'
  },
  totalBufferedBytes: {
    default: 64 * MiB,
    unit: 'bytes',
    least: 1,
    summary: 'bytes kept for all connections together; over it, those that keep the most are ended first',
    reason: 'fits the smallest machine on which Node is run'
  },
  writeStallMs: {
    default: 10_000,
    unit: 'ms',
    least: 1,
    summary: 'how long a peer for which bytes wait may take none',
    reason: 'longer than a changeover of a mobile network'
  },
  frameMs: {
    default: 10_000,
    unit: 'ms',
    least: 1,
    summary: 'from the first byte of a frame to its last, and a second more for each minBytesPerSecond of it',
    reason: 'a program sends a frame at once; who drips holds a place'
  },
  minBytesPerSecond: {
    default: 64 * KiB,
    unit: 'bytes/s',
    least: 1,
    summary: 'the speed that earns a frame or a reader more time',
    reason: 'slower than any line in use today'
  },
  idleMs: {
    default: 60_000,
    unit: 'ms',
    least: 1,
    summary: 'how long nothing may come or go between two frames',
    reason: 'a keep-alive pause is shorter, and most things that forget to close are found'
  },
  sessionMs: {
    default: 86_400_000,
    unit: 'ms',
    least: 1,
    summary: 'from accept to the end, whatever goes on',
    reason: 'a day: what lasts longer can connect again, and what leaks does not leak for ever'
  },
  lingerMs: {
    default: 30_000,
    unit: 'ms',
    least: 1,
    summary: 'how long a closing or half-closed connection may go without the peer taking a byte',
    reason: 'the answer still arrives over a bad line'
  },
  drainMs: {
    default: 15_000,
    unit: 'ms',
    least: 0,
    summary: 'how long a stopping service lets handlers finish',
    reason: 'less than what supervisors wait before they kill (systemd 90 s, Kubernetes 30 s)'
  }
} as const satisfies Record<string, ServiceLimit>

/** The limits of one service, by name. */
export type ServeLimits = { readonly [Name in keyof typeof serviceLimits]: number }

/**
 * Checks limits by name. What is left out is left out of the answer.
 *
 * @throws InvalidOptionError for a name that is none, or a value that is no whole number of at least the least
 */
export function checkLimits(given: Partial<ServeLimits>): Partial<ServeLimits> {
  const checked: Record<string, number> = {}
  for (const [name, value] of Object.entries(given)) {
    const limit = (serviceLimits as Record<string, ServiceLimit>)[name]
    if (limit === undefined || !Object.hasOwn(serviceLimits, name)) {
      throw new InvalidOptionError(`limits.${name}`, value, `one of ${Object.keys(serviceLimits).join(', ')}`)
    }
    if (value === undefined) continue
    wholeNumber(name, value, limit.least)
    if (limit.unit === 'ms') milliseconds(name, value, limit.least)
    if (limit.unit === '%' && value > 100) throw new InvalidOptionError(name, value, 'from 0 to 100')
    checked[name] = value
  }
  return checked
}

/** Checks a size or count option. @throws InvalidOptionError naming it, unless it is a whole number of at least `least`. */
export function wholeNumber(option: string, value: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new InvalidOptionError(option, value, `a whole number of at least ${least}`)
  }
  return value
}

/** Checks permissions of a file. @throws InvalidOptionError naming them, unless they are from 0 to 0o777 */
export function permissions(option: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0o777) {
    throw new InvalidOptionError(option, value, 'permissions from 0 to 0o777')
  }
  return value
}

/** The longest time that a timer of Node can wait. */
const longestMs = 2 ** 31 - 1

/** Checks a time option in ms. @throws InvalidOptionError naming it, where a timer could not wait so long */
export function milliseconds(option: string, value: number, least = 1): number {
  if (!Number.isFinite(value) || value < least || value > longestMs) {
    throw new InvalidOptionError(option, value, `milliseconds from ${least} to ${longestMs}`)
  }
  return value
}
