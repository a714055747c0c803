/**
 * The server's side of TLS: takes accepted sockets, gives out connections whose handshake is over and whose peer is
 * allowed in, tells of all others why not.
 */
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { systemClock } from '../../clock.ts'
import type { RefuseReason } from '../../events.ts'
import { limits, milliseconds, wholeNumber } from '../../limits.ts'
import type { TlsListenOptions } from '../../tls-options.ts'
import type { Address } from '../../types.ts'
import type { Place } from '../place.ts'
import { Contexts } from './contexts.ts'
import { type Guest, Handshakes } from './handshakes.ts'
import { TlsConnection, type TlsConnectionOptions } from './tls-connection.ts'
import { type Host, TlsGuest, type TlsSettings } from './tls-guest.ts'
import { certificateOf } from './tls-info.ts'

export interface TlsServerEvents {
  connection(connection: TlsConnection): void
  refused(remote: Address, reason: RefuseReason, error?: unknown): void
  /** The files were read again because they changed: without an error they are in use. */
  reloaded(error?: unknown): void
}

export class TlsServer implements Host {
  readonly #options: TlsListenOptions
  readonly #connections: TlsConnectionOptions
  readonly #events: TlsServerEvents
  readonly #contexts: Contexts
  readonly #handshakes: Handshakes
  #settings: TlsSettings = {}
  #reloading: Promise<void> = Promise.resolve()

  /** @throws InvalidOptionError for options, certificates and keys that cannot be used */
  static async open(
    options: TlsListenOptions,
    connections: TlsConnectionOptions,
    events: TlsServerEvents
  ): Promise<TlsServer> {
    const server = new TlsServer(options, connections, events)
    await server.reload()
    server.#watch()
    return server
  }

  private constructor(options: TlsListenOptions, connections: TlsConnectionOptions, events: TlsServerEvents) {
    const { handshakeMs = limits.handshakeMs, handshakes = limits.handshakes } = options
    this.#options = options
    this.#connections = connections
    this.#events = events
    this.#contexts = new Contexts(options)
    this.#handshakes = new Handshakes({
      places: wholeNumber('tls.handshakes', handshakes),
      handshakeMs: milliseconds('tls.handshakeMs', handshakeMs),
      clock: connections.clock ?? systemClock
    })
  }

  /** @param socket accepted, paused, with `allowHalfOpen` */
  take(socket: Socket, place?: Place): void {
    this.#handshakes.enter(new TlsGuest(socket, this, place))
  }

  /**
   * Reads certificates and keys again. Open connections keep theirs; if anything is wrong, so does everybody. One at a time,
   * so that what was read first is never what stays.
   */
  reload(): Promise<void> {
    const done = this.#reloading.then(() => this.#load())
    this.#reloading = done.catch(() => {})
    return done
  }

  async #load(): Promise<void> {
    const { clientCa, alpn } = this.#options
    const mutual = clientCa !== undefined
    const secureContext = createSecureContext(await this.#contexts.load())
    this.#settings = {
      secureContext,
      highWaterMark: limits.highWaterBytes,
      requestCert: mutual,
      rejectUnauthorized: mutual,
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] })
    }
  }

  close(): void {
    this.#contexts.close()
    this.#handshakes.close()
  }

  settings(): TlsSettings {
    return this.#settings
  }

  choose(name: string): { context: SecureContext | undefined; known: boolean } {
    return this.#contexts.choose(name)
  }

  admits(socket: TLSSocket): boolean {
    const { acceptClient } = this.#options
    if (acceptClient === undefined) return true
    const certificate = certificateOf(socket)
    return certificate !== undefined && acceptClient(certificate) === true
  }

  entered(socket: TLSSocket, below: Socket, place: Place | undefined): void {
    this.#events.connection(new TlsConnection(socket, below, { ...this.#connections, place }))
  }

  refused(remote: Address, reason: RefuseReason, error?: unknown): void {
    this.#events.refused(remote, reason, error)
  }

  left(guest: Guest): void {
    this.#handshakes.leave(guest)
  }

  #watch(): void {
    const { certificateCheckMs = limits.certificateCheckMs } = this.#options
    this.#contexts.watch(milliseconds('tls.certificateCheckMs', certificateCheckMs, 0), () => {
      this.reload().then(
        () => this.#events.reloaded(),
        (error: unknown) => this.#events.reloaded(error)
      )
    })
  }
}
