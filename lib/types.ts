/**
 * The contracts of the whole toolkit, types only.
 *
 *   source -> decoder -> handler -> encoder -> sink
 *
 * Every stream carries batches: arrays of chunks (bytes as the network cut them) or of frames (whole messages) that
 * became available together. Where one batch stops and the next begins means nothing; empty ones are legal and skipped.
 * Bytes are read-only once they were passed on.
 */
import type { DONE, DRIVE } from './symbols.ts'

/** A stream of batches. It is read once: a second reader gets an `InUseError`. */
export type Source<T> = AsyncIterable<T[]>

/** Takes a whole stream and settles when it is through with it. Called once. */
export type Sink<T, R = Promise<void>> = (source: Source<T>) => R

/** Anything that makes one stream of another; a plain async generator will do. */
export type Transform<In, Out> = (source: Source<In>) => Source<Out>

/**
 * One run of a transform over one stream: synchronous, stateful, no I/O, no clock. This is how it is run:
 *
 *   for await (const batch of source) { if (step.push(batch, out) === DONE) break; pass(out) }
 *   step.end?.(out); pass(out)
 *
 * Needing more input is silence. A throw is a fault: what was put into `out` before it still travels on, and neither
 * `push` nor `end` is called again.
 */
export interface Step<In, Out> {
  /** Takes a batch and adds what is ready to `out`. The batch is borrowed: it is not changed and not kept. */
  push(batch: readonly In[], out: Out[]): typeof DONE | void
  /** The input ended cleanly: the last chance to add to `out`, or to throw because something is missing. */
  end?(out: Out[]): void
  /** Bytes kept of a frame that is not whole yet. */
  held?(): number
  /** True where only the end of the input ends the frame, so that it is unfinished until then. */
  readonly endIsFrame?: boolean
  /** True when no input is wanted from the very start, as in `take(0)`: then the source is never read. */
  readonly done?: boolean
}

/** The recipe of a step, and at the same time an ordinary `it-pipe` transform. Neighbouring stages run as one loop. */
export interface Stage<In, Out> {
  (source: Source<In>): Source<Out>
  /** The name by which errors and taps speak of it. */
  readonly label: string
  /** Fresh state for one stream. */
  begin(): Step<In, Out>
  /** True when the end of the stream is the end of its frame, so that a fault must never look like an end. */
  readonly endIsFrame?: boolean
  /** How long a frame that its step holds a part of may take. */
  readonly deadline?: FrameDeadlineRule
}

/** The longest that one frame may take from its first byte to its last. */
export interface FrameDeadlineRule {
  /** What a frame may take, in ms, beside what its bytes do. */
  readonly ms: number
  /** A second more for every so many bytes that came of it. */
  readonly bytesPerSecond: number
  readonly clock: Clock
  /** How the error speaks of the codec. */
  readonly label: string
}

/**
 * A source that can push. Whoever calls `[DRIVE]` has claimed it and gets every batch without a promise in between.
 *
 * A drive never calls its receiver inside `[DRIVE]` or `resume()`. While paused it delivers nothing, neither a batch nor
 * the end nor a fault. One end or one fault comes last; after `cancel()` nothing comes.
 */
export interface Drivable<T> extends Source<T> {
  [DRIVE](to: Receiver<T>): Control
}

/** Where a drive delivers. A batch belongs to the receiver. */
export interface Receiver<T> {
  /**
   * True: nothing of it is kept any more, so that the memory of its bytes may be read into again. Only who passes bytes
   * on to an outlet that is `flushed`, and shows them to nobody else, can say so.
   */
  batch(batch: T[]): boolean | void
  end(): void
  fault(error: unknown): void
  /** What it knows of frames. */
  readonly framing?: Framing | undefined
  /** False: what it was given last is being worked on, and nothing more is wanted just now. */
  readonly waiting?: boolean
  /** Bytes that it keeps and has not passed on. */
  held?(): number
}

/** What a reader of bytes knows of frames. It is asked now and then, by who watches over the connection. */
export interface Framing {
  /** Bytes kept of a frame that is not whole yet. */
  held(): number
  /** Goes on whenever a frame ended. */
  readonly frames: number
  /** Whether the input could end here and cut no frame; undefined where it knows of no frames after all. */
  resting(): boolean | undefined
  /** Whether its frames have a deadline of their own already. */
  readonly timed: boolean
}

/**
 * The reins of a drive. `cancel` stops reading for good (at most 64 KiB more are taken and thrown away, to hear of a peer
 * that is gone); it never closes the connection behind it.
 */
export interface Control {
  pause(): void
  resume(): void
  cancel(): void
}

/** Where bytes leave: the writing half that a transport implements and a sink uses. */
export interface Outlet<T = Uint8Array> {
  /** Passes a batch on (borrowed). False: enough for now, wait for `drained`. */
  write(batch: readonly T[]): boolean
  /** True where everything written has left this process and nothing of it is kept. */
  readonly flushed?: boolean
  /** Ends our half, after everything written. */
  end(): void
  /** Says who wants to know what becomes of it. None of these is called inside `watch` or `write`. */
  watch(on: OutletWatcher): void
}

export interface OutletWatcher {
  /** There is room again after a `write` that answered false. */
  drained(): void
  /** Everything written and the end of our half are with the kernel. */
  finished(): void
  /** The connection is gone before `finished`. */
  closed(error: Error): void
}

/** An address as the system names it; a Unix socket has only a `path`, and a client's end of one not even that. */
export interface Address {
  readonly host?: string
  /** 1 to 65,535. */
  readonly port?: number
  readonly path?: string
}

/** What TLS agreed upon, and with whom. */
export interface TlsInfo {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string
  /** As in the standards: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string
  /** The application protocol that both sides chose (ALPN). */
  readonly alpn: string | undefined
  /** The name that the client asked for (SNI), in lower case. */
  readonly serverName: string | undefined
  /** Whether an earlier session was resumed. */
  readonly resumed: boolean
  /**
   * Whether the other side is known to be through with its handshake, our certificate included. Always true but for a
   * TLS 1.3 client whose server said nothing within `confirmMs`.
   */
  readonly confirmed: boolean
  /** The peer's certificate, verified; undefined where none was asked for. */
  readonly certificate: PeerCertificate | undefined
  /**
   * Bytes that only the two ends of this connection can know (RFC 5705): what binds a login to its connection.
   *
   * @throws AbortedError when the connection is closed
   */
  exportKey(label: string, length: number, context?: Uint8Array): Uint8Array
}

/** A certificate, as far as one needs to know who somebody is. */
export interface PeerCertificate {
  /** `CN=robot, O=Example`, the parts in the order of the certificate. */
  readonly subject: string
  readonly issuer: string
  /** The alternative names, each with its kind: `DNS:localhost`, `IP Address:127.0.0.1`, `URI:...`, `email:...`. */
  readonly names: readonly string[]
  readonly serialNumber: string
  readonly validFrom: Date
  readonly validTo: Date
  /** SHA-256 of all of it, hexadecimal with colons. */
  readonly fingerprint: string
  readonly der: Uint8Array
}

/**
 * What a proxy in front of a server says of a connection: the header of the PROXY protocol (HAProxy,
 * doc/proxy-protocol.txt).
 */
export interface ProxyHeader {
  readonly version: 1 | 2
  /** `local`: the connection is the proxy's own, mostly to look whether we are there. */
  readonly command: 'proxy' | 'local'
  /** The client; undefined where the proxy does not know, or it is itself. */
  readonly source?: Address
  /** What the client connected to. */
  readonly destination?: Address
  /**
   * What else it says, by the registered numbers: 1 ALPN, 2 the host name asked for, 5 a unique id, 0x20 TLS, 0x30 the
   * network namespace, 0xE0 to 0xEF anything.
   */
  readonly extensions: readonly { readonly type: number; readonly value: Uint8Array }[]
}

/** A header, and who sent it. */
export interface ProxyInfo extends ProxyHeader {
  /** The proxy: the other end of the line. */
  readonly via: Address
}

/** A source and a sink with a peer behind them. Ending (the sink's end), half-ending and aborting are three things. */
export interface Connection<T = Uint8Array> {
  /** What the peer sends, until it ends its half. Reading it to the end closes nothing. */
  readonly source: Source<T>
  /** Sends a stream, ends our half behind it, and resolves when all of it is with the kernel. Needs no `this`. */
  readonly sink: (source: Source<T>) => Promise<void>
  readonly local: Address
  readonly remote: Address
  /** On a `tls:` connection. */
  readonly tls?: TlsInfo
  /** Where a proxy told who the client is: then `remote` is the client, and `local` what it connected to. */
  readonly proxy?: ProxyInfo | undefined
  /**
   * Aborted with the reason when the connection dies or is aborted. Made when first asked for. The death of a peer is
   * noticed while the connection is read or written.
   */
  readonly signal: AbortSignal
  /**
   * The gentle end: sends what was written and ends our half, throws away at most 64 KiB of what the peer still sends so
   * that our answer is not lost to a reset, and resolves when the line is closed; cuts it when the peer takes nothing
   * for `lingerMs` (30,000).
   */
  close(options?: { lingerMs?: number }): Promise<void>
  /** Cuts the connection at once (TCP: a reset). Every pending promise rejects with `reason`. */
  abort(reason?: unknown): void
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** One UDP message and whom it came from, or is for. */
export interface Datagram {
  readonly bytes: Uint8Array
  readonly remote: Address
}

/** Decoder and encoder of one framing. */
export interface Codec<F> {
  readonly name: string
  /** A fresh decoder; with `frames` it is DONE after so many. */
  decoder(run?: DecoderRun): Decoder<F>
  encoder(): Step<F, Uint8Array>
  /** True for framings whose frame ends where the stream does. */
  readonly endIsFrame?: boolean
  /** A faster road for the same frames as text, where the framing has one. */
  asText?(): Codec<string>
}

/**
 * How one decoder is run. What a fault becomes is the reader's choice, not a property of the framing: so it stands here
 * and is the same for every codec.
 */
export interface DecoderRun {
  /** DONE after so many frames. What stands in the place of a frame counts as one. */
  frames?: number
  /**
   * What becomes of a frame over the limit. `error` (the default) ends the stream. `skip` goes on with the next frame and
   * puts the `FrameTooLargeError`, with the size and the first bytes, in its place. `truncate` gives out as much as the
   * limit allows, as if that were the frame. `body` gives it out in parts, for `bodies()`.
   */
  onOversize?: 'error' | 'skip' | 'truncate' | 'body'
  /**
   * What becomes of a frame that is whole but wrong inside (no UTF-8, no JSON, a bad escape): `error` (the default) ends
   * the stream, `item` puts the error in the place of the frame and goes on.
   */
  onFault?: 'error' | 'item'
  /** Every frame in parts, also a small one (false). */
  asBodies?: boolean
  /** The most bytes that a frame skipped, truncated or given out in parts may have (64 GiB). */
  maxBodyBytes?: number
}

export interface Decoder<F> extends Step<Uint8Array, F> {
  /** After DONE: the bytes that were taken in and given out in no frame. */
  rest(): Uint8Array[]
  held(): number
}

/** Time and timers, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number
  /** Runs once after `ms` milliseconds, unless it is cancelled. */
  after(ms: number, run: () => void): { cancel(): void }
}
