/**
 * A TLS connection: drive, outlet and closing are those of any socket; what differs is how a peer ends.
 *
 * Its half ends with a close_notify and with nothing else. A line that stops without one is a reset, whoever stopped it,
 * and its cause is a `TruncatedError`; only once we are closing does nobody care. Our half ends with a close_notify and a
 * FIN behind it; an abort sends neither.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { TruncatedError } from '../../errors.ts'
import type { Clock, TlsInfo } from '../../types.ts'
import type { Place } from '../place.ts'
import { useReadBuffer } from '../read-buffer.ts'
import { markReset, SocketConnection, waitingOn } from '../socket-connection.ts'
import { onLineCut } from './line-end.ts'
import { tlsInfo } from './tls-info.ts'

const NOTHING = new Uint8Array(0)

export interface TlsConnectionOptions {
  readonly readBuffers?: boolean | undefined
  readonly lingerMs?: number | undefined
  readonly clock?: Clock | undefined
  /** Where a proxy in front of us said it. */
  readonly place?: Place | undefined
}

export class TlsConnection extends SocketConnection {
  readonly tls: TlsInfo & { confirmed: boolean }
  /** Told of whatever the peer says behind its handshake, and of its end. */
  onSign: (() => void) | undefined
  readonly #below: Socket

  /**
   * @param socket at the very end of its handshake, in the call that reports it
   * @param below what it runs over
   */
  constructor(socket: TLSSocket, below: Socket, { readBuffers = true, lingerMs, clock, place }: TlsConnectionOptions) {
    super(socket, {
      readBuffer: readBuffers && useReadBuffer(socket),
      place,
      ...(lingerMs === undefined ? {} : { lingerMs }),
      ...(clock === undefined ? {} : { clock })
    })
    this.tls = tlsInfo(socket)
    this.#below = below
    onLineCut(socket, below, () => this.#lineCut())
    below.on('error', (error: Error) => this.failed(error))
  }

  override received(bytes: Uint8Array): boolean {
    this.onSign?.()
    return super.received(bytes)
  }

  /** An empty write finds out whether the peer is still there: Node's TLS would keep the answer for itself. */
  override write(batch: readonly Uint8Array[]): boolean {
    if (batch.length === 1 && batch[0]?.byteLength === 0 && !this.#below.destroyed) this.#below.write(NOTHING)
    return super.write(batch)
  }

  override peerEnded(): void {
    this.onSign?.()
    this.waitForPeer()
    this.source.end()
  }

  /** Node tells of a broken record and leaves the socket open. */
  override failed(error: Error): void {
    super.failed(error)
    this.socket.destroy()
  }

  /** What TLS makes of a write is counted as a whole; what it says by itself (a new key, because the peer asked) as it is. */
  override get queued(): number {
    return this.socket.writableLength || waitingOn(this.#below)
  }

  protected override get line(): Socket {
    return this.#below
  }

  protected override reset(): void {
    markReset(this.#below)
  }

  #lineCut(): void {
    const { socket } = this
    if (!this.discarding) this.failed(new TruncatedError())
    else if (socket.writableFinished) this.hangUp()
    else socket.once('finish', () => this.hangUp())
  }
}
