/**
 * Every error of the toolkit: a class, a `code`, the numbers as fields, the cause kept.
 *
 * Whose fault it was is the family: `PeerError` (what came in is wrong), `CallerError` (what our own side asked for is
 * wrong), `ConnectionError` (the network, or somebody who cut the line).
 */
import type { Address } from './types.ts'

abstract class ItServeError extends Error {
  abstract readonly code: string
  override get name(): string {
    return this.constructor.name
  }
}

/** The bytes that came in break the rules: the peer's fault. */
export abstract class PeerError extends ItServeError {}
/** Our own side asked for something that cannot be done: the caller's fault. */
export abstract class CallerError extends ItServeError {}
/** The line is gone or was never there: nobody broke a rule. */
export abstract class ConnectionError extends ItServeError {}

/** The part of a frame in which its bytes ran out. */
export type FramePhase = 'header' | 'payload' | 'trailer'

/** The stream ended inside a frame: what came is not the whole of it. */
export class UnexpectedEndError extends PeerError {
  readonly code = 'ERR_UNEXPECTED_END'
  readonly codec: string
  readonly phase: FramePhase
  /** Bytes of the unfinished frame that came. */
  readonly had: number
  /** Bytes the whole frame has, or its header where only that is known; undefined where its end must be searched. */
  readonly needed: number | undefined
  /** The bytes that came (a copy, at most 4 KiB of them). */
  readonly partial: Uint8Array
  constructor(
    codec: string,
    fields: { phase: FramePhase; had: number; needed?: number | undefined; partial: Uint8Array }
  ) {
    const { phase, had, needed, partial } = fields
    super(
      `${codec}: the stream ended inside a frame, in its ${phase}, after ${had} ${had === 1 ? 'byte' : 'bytes'}${needed === undefined ? '' : ` of ${needed}`}`
    )
    this.codec = codec
    this.phase = phase
    this.had = had
    this.needed = needed
    this.partial = partial
  }
}

/** A frame of the peer is larger than the limit. Found from its header where it has one, before it is stored. */
export class FrameTooLargeError extends PeerError {
  readonly code = 'ERR_FRAME_TOO_LARGE'
  readonly codec: string
  /** Bytes (or blocks, see `unit`) announced; what came where none are announced. */
  readonly size: number
  readonly limit: number
  readonly unit: 'bytes' | 'blocks'
  /** The first bytes of its payload where the frame was skipped (a copy, at most 64 of them), else empty. */
  readonly head: Uint8Array
  constructor(
    codec: string,
    size: number,
    limit: number,
    unit: 'bytes' | 'blocks' = 'bytes',
    head: Uint8Array = new Uint8Array(0)
  ) {
    super(`${codec}: a frame of ${size} ${unit} or more is over the limit of ${limit} ${unit}`)
    this.codec = codec
    this.size = size
    this.limit = limit
    this.unit = unit
    this.head = head
  }
}

/** A frame began and did not end in its time: a peer that sends too slowly, or stopped in the middle. */
export class FrameTimeoutError extends PeerError {
  readonly code = 'ERR_FRAME_TIMEOUT'
  readonly codec: string
  /** Bytes of the frame that came. */
  readonly had: number
  /** The time that it had, in ms. */
  readonly ms: number
  constructor(codec: string, had: number, ms: number) {
    super(`${codec}: a frame of which ${had} bytes came did not end within ${ms} ms`)
    this.codec = codec
    this.had = had
    this.ms = ms
  }
}

/** The peer's bytes cannot be a frame: a negative length, bytes that are not UTF-8, text that is not JSON. */
export class MalformedFrameError extends PeerError {
  readonly code = 'ERR_MALFORMED_FRAME'
  readonly codec: string
  constructor(codec: string, what: string, options?: ErrorOptions) {
    super(`${codec}: ${what}`, options)
    this.codec = codec
  }
}

/** A peer that speaks its protocol wrongly above the framing: an answer nobody asked for, no answer at the end. */
export class ProtocolError extends PeerError {
  readonly code = 'ERR_PROTOCOL'
}

/** What became of an attempt to log in; all but `accepted` end the connection. */
export type AuthOutcome = keyof typeof authOutcomes

export const authOutcomes = {
  accepted: 'the peer has the key',
  wrong: 'its answer was not made with the key',
  limited: 'its source gave too many wrong answers, and this one was not looked at',
  incomplete: 'the connection ended before the answer was whole'
} as const

/** A login failed. */
export class AuthError extends PeerError {
  readonly code = 'ERR_AUTH'
  readonly outcome: 'wrong' | 'limited'
  constructor(outcome: 'wrong' | 'limited', what: string, options?: ErrorOptions) {
    super(what, options)
    this.outcome = outcome
  }
}

/** A sealed message is not what the peer sent here: somebody on the way changed, left out, repeated or reordered it. */
export class MacError extends PeerError {
  readonly code = 'ERR_MAC'
  constructor(what: string) {
    super(`sealed: ${what}`)
  }
}

/** An encoder refuses a frame that its framing cannot carry: the bytes would be read as something else. */
export class FrameRefusedError extends CallerError {
  readonly code = 'ERR_FRAME_REFUSED'
  readonly codec: string
  constructor(codec: string, why: string, options?: ErrorOptions) {
    super(`${codec}: cannot encode a frame ${why}`, options)
    this.codec = codec
  }
}

/** An encoder refuses a frame over the limit, so that the other side need not. */
export class FrameOverLimitError extends FrameRefusedError {
  readonly size: number
  readonly limit: number
  constructor(codec: string, size: number, limit: number, unit: 'bytes' | 'blocks' = 'bytes') {
    super(codec, `of ${size} ${unit}, over the limit of ${limit} ${unit}`)
    this.size = size
    this.limit = limit
  }
}

/** A source was read, or a sink called, for the second time. Nothing was touched. */
export class InUseError extends CallerError {
  readonly code = 'ERR_IN_USE'
  constructor(what: string) {
    super(`${what} is in use: it can be used once`)
  }
}

/** Something was written behind the end of our half. Nothing of it was sent. */
export class WriteAfterEndError extends CallerError {
  readonly code = 'ERR_WRITE_AFTER_END'
  constructor() {
    super('cannot write: our half of the connection was ended')
  }
}

/** An option or a limit has a value that cannot be right. */
export class InvalidOptionError extends CallerError {
  readonly code = 'ERR_INVALID_OPTION'
  readonly option: string
  readonly value: unknown
  constructor(option: string, value: unknown, expected: string) {
    super(`${option} is ${printable(value)}: expected ${expected}`)
    this.option = option
    this.value = value
  }
}

/** A bounded queue with the policy `strict` is full. */
export class QueueFullError extends CallerError {
  readonly code = 'ERR_QUEUE_FULL'
  readonly capacity: number
  constructor(capacity: number) {
    super(`cannot take one more: ${capacity} are waiting already`)
    this.capacity = capacity
  }
}

/** More was collected than the caller allowed. */
export class CollectLimitError extends CallerError {
  readonly code = 'ERR_COLLECT_LIMIT'
  readonly limit: number
  constructor(limit: number, unit: string) {
    super(`cannot collect more than ${limit} ${unit}`)
    this.limit = limit
  }
}

/** A server cannot listen there: the port is taken, the address is not ours, the path is not free. */
export class ListenError extends CallerError {
  readonly code = 'ERR_LISTEN'
  readonly endpoint: string
  constructor(endpoint: string, why: string, options?: ErrorOptions) {
    super(`cannot listen at ${endpoint}: ${why}`, options)
    this.endpoint = endpoint
  }
}

/** A client cannot connect: no such name, refused, no answer in time. */
export class ConnectError extends ConnectionError {
  readonly code = 'ERR_CONNECT'
  readonly endpoint: string
  constructor(endpoint: string, why: string, options?: ErrorOptions) {
    super(`cannot connect to ${endpoint}: ${why}`, options)
    this.endpoint = endpoint
  }
}

/** The peer cut the line (TCP: a reset), or the network did. */
export class ConnectionResetError extends ConnectionError {
  readonly code = 'ERR_CONNECTION_RESET'
  readonly remote: Address | undefined
  constructor(remote: Address | undefined, options?: ErrorOptions) {
    super(`the connection${remote?.host === undefined ? '' : ` with ${remote.host}:${remote.port}`} was reset`, options)
    this.remote = remote
  }
}

/**
 * A TLS stream stopped without saying that it ends (no close_notify): it may have been cut by anybody on the way. It is the
 * cause of the `ConnectionResetError` that reader and writer get.
 */
export class TruncatedError extends ConnectionError {
  readonly code = 'ERR_TRUNCATED'
  constructor() {
    super('the peer ended the line without ending its TLS stream')
  }
}

/** Somebody on our side called `abort`; the reason, where it was no error itself, is the cause. */
export class AbortedError extends ConnectionError {
  readonly code = 'ERR_ABORTED'
  constructor(why: string, options?: ErrorOptions) {
    super(why, options)
  }
}

/** For which of its limits a connection was cut; each is a close reason, see {@link closeReasons}. */
export type LimitReason =
  | 'idle_timeout'
  | 'session_timeout'
  | 'login_timeout'
  | 'login_budget'
  | 'write_stalled'
  | 'slow_reader'
  | 'evicted'

/** A service ended one of its connections because it was over a limit. */
export class LimitError extends ConnectionError {
  readonly code = 'ERR_LIMIT'
  readonly reason: LimitReason
  constructor(reason: LimitReason, what: string) {
    super(what)
    this.reason = reason
  }
}

/** Something did not happen within its time. */
export class DeadlineError extends ConnectionError {
  readonly code = 'ERR_DEADLINE'
  readonly ms: number
  constructor(what: string, ms: number) {
    super(`${what} within ${ms} ms`)
    this.ms = ms
  }
}

function printable(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
}
