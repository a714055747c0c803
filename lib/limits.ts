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
  /** Connections open at a time; file descriptors set the true bound. */
  connections: 10_000,
  /** Connections accepted by the kernel and not yet by us; the kernel cuts it to its own `somaxconn`. */
  backlog: 4096,
  /** Input read and thrown away when a connection is closed, so that our answer is not lost to a reset. */
  discardBytes: 64 * KiB,
  /** How long a closing or half-closed connection may go without the peer taking a byte. */
  lingerMs: 30_000,
  /** How long a stopping server lets handlers finish. */
  drainMs: 15_000,
  /** How long a client waits for a connection. */
  connectMs: 10_000,
  /** The longest a pull loop over an always-ready source runs before other work of the process gets its turn. */
  turnMs: 5
} as const

/** Checks a size or count option. @throws InvalidOptionError naming it, unless it is a whole number of at least `least`. */
export function wholeNumber(option: string, value: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new InvalidOptionError(option, value, `a whole number of at least ${least}`)
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
