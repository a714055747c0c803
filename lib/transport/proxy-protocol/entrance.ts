/**
 * Where a listener speaks the PROXY protocol, every connection comes in here: it is one of a trusted source and begins
 * with a header, or it is refused by name. Nobody else sees its bytes before that, TLS neither.
 *
 * The deadline is total, whatever trickles in, and no more than the header and one read is kept of a connection.
 */
import type { Socket } from 'node:net'
import { systemClock } from '../../clock.ts'
import { DeadlineError } from '../../errors.ts'
import type { RefuseReason } from '../../events.ts'
import { limits, milliseconds, wholeNumber } from '../../limits.ts'
import type { Address, Clock } from '../../types.ts'
import type { Place } from '../place.ts'
import { readInto } from '../read-buffer.ts'
import { markReset } from '../socket-connection.ts'
import { parseProxyHeader } from './proxy-header.ts'
import { TrustedSources } from './trusted-sources.ts'

/** A listener behind proxies, whose connections begin with the header of the PROXY protocol, version 1 or 2. */
export interface ProxyProtocolOptions {
  /**
   * Whose headers are believed: `['10.0.0.0/8', '2001:db8::7']`; `unix:` is whoever can connect to our Unix sockets. Nobody
   * else is let in, for anybody could claim to be anybody.
   */
  readonly trusted: readonly string[]
  /** From accept to the end of the header (3,000 ms; less would not survive a lost packet). */
  readonly headerMs?: number | undefined
  /** The longest header of version 2, extensions included (2,048). */
  readonly maxBytes?: number | undefined
}

export interface EntranceEvents {
  /** @param unread came behind the header */
  entered(socket: Socket, place: Place, unread: Uint8Array | undefined): void
  refused(remote: Address, reason: RefuseReason, error?: unknown): void
}

const GUEST: unique symbol = Symbol('it-serve.proxyGuest')
type GuestSocket = Socket & { [GUEST]?: Guest }

/** All share it: what is kept of a header is copied. */
const scratch = Buffer.allocUnsafeSlow(limits.highWaterBytes)
const again = (): Uint8Array => scratch

export class Entrance {
  readonly maxBytes: number
  readonly #trusted: TrustedSources
  readonly #headerMs: number
  readonly #clock: Clock
  readonly #readBuffers: boolean
  readonly #on: EntranceEvents
  readonly #inside = new Set<Guest>()

  /** @param readBuffers whether whoever comes next reads into buffers of its own */
  constructor(
    options: ProxyProtocolOptions,
    { clock = systemClock, readBuffers }: { clock?: Clock | undefined; readBuffers: boolean },
    on: EntranceEvents
  ) {
    const { trusted, headerMs = limits.proxyHeaderMs, maxBytes = limits.proxyHeaderBytes } = options
    this.#trusted = new TrustedSources(trusted)
    this.#headerMs = milliseconds('proxyProtocol.headerMs', headerMs)
    this.maxBytes = wholeNumber('proxyProtocol.maxBytes', maxBytes, 16)
    this.#clock = clock
    this.#readBuffers = readBuffers
    this.#on = on
  }

  /** @param socket accepted, paused, with `allowHalfOpen` */
  take(socket: Socket, place: Place): void {
    const { remote } = place
    if (!this.#trusted.has(remote)) {
      socket.on('error', ignore)
      cut(socket)
      // Of one that is gone already nobody knows who it was.
      const gone = remote.host === undefined && remote.path === undefined
      this.#on.refused(remote, gone ? 'proxy_cut' : 'proxy_untrusted')
      return
    }
    const guest = new Guest(socket, place, this)
    this.#inside.add(guest)
    guest.begin(this.#clock, this.#headerMs, this.#readBuffers)
  }

  close(): void {
    for (const guest of this.#inside) guest.refuse('draining')
  }

  left(guest: Guest): void {
    this.#inside.delete(guest)
  }

  get on(): EntranceEvents {
    return this.#on
  }
}

/** A connection whose header is not whole yet. */
class Guest {
  readonly #socket: GuestSocket
  readonly #place: Place
  readonly #entrance: Entrance
  #bytes: Uint8Array = new Uint8Array(0)
  #timer: { cancel(): void } | undefined

  constructor(socket: Socket, place: Place, entrance: Entrance) {
    this.#socket = socket
    this.#place = place
    this.#entrance = entrance
  }

  begin(clock: Clock, headerMs: number, readBuffers: boolean): void {
    const socket = this.#socket
    socket[GUEST] = this
    if (!readBuffers || !readInto(socket, scratch, again, passOn)) socket.on('data', onData)
    socket.on('end', onCut).on('error', onCut).on('close', onCut)
    const late = (): void =>
      this.refuse(
        'proxy_timeout',
        new DeadlineError(`only ${this.#bytes.length} bytes of a PROXY header came`, headerMs)
      )
    this.#timer = clock.after(headerMs, late)
    socket.resume()
  }

  /** @param bytes borrowed */
  arrived(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, bytes])
    this.#bytes = all
    try {
      const read = parseProxyHeader(all, this.#entrance.maxBytes)
      if (read === undefined) return
      const { header, length } = read
      const { remote: via, local } = this.#place
      const { source = via, destination = local } = header
      this.#leave()
      const unread = length < all.length ? new Uint8Array(all.subarray(length)) : undefined
      this.#entrance.on.entered(this.#socket, { remote: source, local: destination, proxy: { ...header, via } }, unread)
    } catch (error) {
      this.refuse('proxy_malformed', error)
    }
  }

  refuse(reason: RefuseReason, error?: unknown): void {
    this.#leave()
    this.#socket.on('error', ignore)
    cut(this.#socket)
    this.#entrance.on.refused(this.#place.remote, reason, error)
  }

  /** Whoever comes next finds the socket as it was accepted. */
  #leave(): void {
    const socket = this.#socket
    this.#timer?.cancel()
    this.#entrance.left(this)
    delete socket[GUEST]
    socket.off('data', onData).off('end', onCut).off('error', onCut).off('close', onCut).pause()
  }
}

function cut(socket: Socket): void {
  markReset(socket)
  socket.destroy()
}

function passOn(this: GuestSocket, length: number): boolean {
  this[GUEST]?.arrived(scratch.subarray(0, length))
  return true
}

function onData(this: GuestSocket, bytes: Uint8Array): void {
  this[GUEST]?.arrived(bytes)
}

function onCut(this: GuestSocket, error?: unknown): void {
  this[GUEST]?.refuse('proxy_cut', error instanceof Error ? error : undefined)
}

function ignore(): void {}
