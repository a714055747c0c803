/**
 * A peer that shakes hands: it is let in or refused, once, for one named reason.
 *
 * Who is turned away for its certificate is cut in the very call that ends the handshake: nothing of ours was sent behind
 * it yet, no session ticket and no byte, and that is how a TLS 1.3 client can tell that it was not let in.
 */
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket, type TLSSocketOptions } from 'node:tls'
import type { RefuseReason } from '../../events.ts'
import type { Address } from '../../types.ts'
import type { Place } from '../place.ts'
import { address } from '../socket-connection.ts'
import type { Guest } from './handshakes.ts'
import { onLineCut } from './line-end.ts'

/** Node's own server uses these; they are in no documentation. */
type ServerSide = TLSSocket & {
  _handle: { verifyError(): (Error & { code?: string }) | null }
  _releaseControl(): boolean
}

/** A fatal alert, RFC 6066. */
const unrecognizedName = Uint8Array.of(21, 3, 3, 0, 2, 2, 112)

/** Node's types do not know of the size of its queues. */
export type TlsSettings = TLSSocketOptions & { highWaterMark?: number }

export interface Host {
  settings(): TlsSettings
  choose(name: string): { context: SecureContext | undefined; known: boolean }
  /** Both in the call in which the handshake ends. False: not with this certificate. */
  admits(socket: TLSSocket): boolean
  entered(socket: TLSSocket, below: Socket, place: Place | undefined): void
  refused(remote: Address, reason: RefuseReason, error?: unknown): void
  /** Its place is free. */
  left(guest: Guest): void
}

export class TlsGuest implements Guest {
  readonly #remote: Address
  readonly #below: Socket
  readonly #host: Host
  readonly #place: Place | undefined
  #socket: TLSSocket | undefined
  #over = false

  /**
   * @param below paused, with `allowHalfOpen`
   * @param place where a proxy in front of us said it
   */
  constructor(below: Socket, host: Host, place?: Place) {
    this.#remote = place?.remote ?? address(below.remoteAddress, below.remotePort)
    this.#place = place
    this.#below = below
    this.#host = host
    below.on('error', ignore).once('close', () => this.#refused('handshake_cut'))
  }

  begin(): void {
    const below = this.#below
    if (below.destroyed) return
    const socket = new TLSSocket(below, {
      ...this.#host.settings(),
      isServer: true,
      SNICallback: (name, choose) => {
        const { context, known } = this.#host.choose(name)
        if (known) choose(null, context)
        else this.#knowsNoName(name)
      }
    }) as ServerSide
    this.#socket = socket
    socket.pause()
    onLineCut(socket, below, () => this.refuse('handshake_cut'))
    socket.on('secure', () => this.#secure(socket))
    socket.on('_tlsError', (error: NodeJS.ErrnoException) => this.#failed(error))
  }

  refuse(reason: RefuseReason, error?: unknown): void {
    this.#refused(reason, error)
    this.#cut()
  }

  /** From above: destroyed below it, Node would free what OpenSSL is still at work with. */
  #cut(): void {
    const top = this.#socket ?? this.#below
    top.destroy()
  }

  #secure(socket: ServerSide): void {
    if (this.#over) return
    const error = this.#objection(socket)
    if (error !== undefined) {
      this.refuse('certificate_refused', error)
      return
    }
    this.#over = true
    socket._releaseControl()
    this.#host.left(this)
    this.#host.entered(socket, this.#below, this.#place)
  }

  /** What is wrong with the certificate, also where nobody could look at it. */
  #objection(socket: ServerSide): unknown {
    try {
      const error = this.#host.settings().requestCert === true ? socket._handle.verifyError() : null
      if (error != null) return error
      return this.#host.admits(socket) ? undefined : new Error('acceptClient said no')
    } catch (error) {
      return error ?? new Error('acceptClient threw')
    }
  }

  /** Node closes the line by itself, behind its alert. */
  #failed(error: NodeJS.ErrnoException): void {
    if (error.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') this.#refused('certificate_refused', error)
    else this.#refused(error.code?.startsWith('ERR_SSL') === true ? 'handshake_failed' : 'handshake_cut', error)
  }

  /**
   * Node has no way to send this alert; so early it is seven plain bytes. The handshake stands still meanwhile. It waits for
   * a turn of its own: a write that fails closes the line at once, and in this turn OpenSSL is still at work above it.
   */
  #knowsNoName(name: string): void {
    this.#refused('name_unknown', new Error(`no certificate for ${JSON.stringify(name.slice(0, 255))}`))
    setImmediate(() => this.#below.end(unrecognizedName, () => this.#cut()))
  }

  #refused(reason: RefuseReason, error?: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#host.left(this)
    this.#host.refused(this.#remote, reason, error)
  }
}

function ignore(): void {}
