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
import { address } from '../socket-connection.ts'
import type { Guest } from './handshakes.ts'
import { Line } from './line.ts'

/** Node's own server uses these; they are in no documentation. */
type ServerSide = TLSSocket & {
  _handle: { verifyError(): (Error & { code?: string }) | null }
  _releaseControl(): boolean
}

export interface Host {
  settings(): TLSSocketOptions
  choose(name: string): { context: SecureContext | undefined; known: boolean }
  /** Both in the call in which the handshake ends. False: not with this certificate. */
  admits(socket: TLSSocket): boolean
  entered(socket: TLSSocket, below: Socket): void
  refused(remote: Address, reason: RefuseReason, error?: unknown): void
  /** Its place is free. */
  left(guest: Guest): void
}

export class TlsGuest implements Guest {
  readonly #remote: Address
  readonly #below: Socket
  readonly #host: Host
  #over = false
  #nameUnknown = false

  /** @param below paused, with `allowHalfOpen` */
  constructor(below: Socket, host: Host) {
    this.#remote = address(below.remoteAddress, below.remotePort)
    this.#below = below
    this.#host = host
    below.on('error', ignore).once('close', () => this.#refused('handshake_cut'))
  }

  begin(): void {
    const below = this.#below
    if (below.destroyed) return
    const line = new Line(below)
    const socket = new TLSSocket(line.stream, {
      ...this.#host.settings(),
      isServer: true,
      SNICallback: (name, choose) => {
        const { context, known } = this.#host.choose(name)
        this.#nameUnknown = !known
        choose(null, context)
      }
    }) as ServerSide
    socket.pause()
    socket.on('secure', () => this.#secure(socket))
    socket.on('_tlsError', (error: NodeJS.ErrnoException) => this.#failed(error))
    below.once('end', () => {
      if (!this.#over) this.refuse('handshake_cut')
    })
  }

  refuse(reason: RefuseReason, error?: unknown): void {
    this.#refused(reason, error)
    this.#below.destroy()
  }

  #secure(socket: ServerSide): void {
    if (this.#over) return
    try {
      const error = socket._handle.verifyError()
      const mutual = this.#host.settings().requestCert === true
      if (mutual && error != null) return this.refuse('certificate_refused', error)
      socket._releaseControl()
      if (!this.#host.admits(socket)) return this.refuse('certificate_refused')
    } catch (error) {
      return this.refuse('handshake_failed', error)
    }
    this.#over = true
    this.#host.left(this)
    this.#host.entered(socket, this.#below)
  }

  /** Node closes the line by itself, behind its alert. */
  #failed(error: NodeJS.ErrnoException): void {
    if (this.#nameUnknown) this.#refused('name_unknown', error)
    else if (error.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') this.#refused('certificate_refused', error)
    else this.#refused(error.code?.startsWith('ERR_SSL') === true ? 'handshake_failed' : 'handshake_cut', error)
  }

  #refused(reason: RefuseReason, error?: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#host.left(this)
    this.#host.refused(this.#remote, reason, error)
  }
}

function ignore(): void {}
