/**
 * UDP: one connection a socket; its source carries datagrams of all peers, its sink sends each to its `remote`.
 *
 * A batch is what arrived in one turn of the loop. UDP has no backpressure: behind a slow handler a bounded queue holds
 * the oldest datagrams, and newer ones are dropped and counted. A datagram that cannot be sent (too large, no such port,
 * not allowed) is reported and the rest go on.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { InvalidOptionError, ListenError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Address, Datagram } from '../types.ts'
import { BaseConnection } from './base-connection.ts'
import { formatEndpoint, parseEndpoint } from './endpoint.ts'
import { address } from './socket-connection.ts'
import { whyNot } from './why-not.ts'

/** Decides over every datagram of a socket. */
export interface DatagramGate {
  /** The socket is bound. */
  opened(local: Address): void
  closed(): void
  /** A datagram came. False: it is as if it had not; it takes no place in the queue. */
  takes(datagram: Datagram): boolean
  /** A datagram is to be sent. False: it is not, and nobody is told. */
  sends(datagram: Datagram): boolean
}

export interface DatagramOptions {
  /** Binds the endpoint (true, a server), or any free port (false, a client). */
  bind?: boolean
  /** Allows sending to broadcast addresses (false). */
  broadcast?: boolean
  /** Several sockets may share the port; each hears every broadcast (false). */
  shared?: boolean
  /** Receive buffer asked of the kernel (4 MiB); what it gave is `receiveBytes`. */
  receiveBytes?: number
  /** Datagrams waiting for the reader (1,024); more are dropped and counted. */
  maxWaiting?: number
  /** Decides what is heard and sent (everything), see `DatagramGuard`. */
  guard?: DatagramGate
  /** Told of each datagram that could not be sent. */
  onSendError?: (error: Error, datagram: Datagram) => void
  /** Told, once a turn, how many datagrams were dropped in it. */
  onDrop?: (datagrams: number) => void
  /** Told when the socket is closed. */
  onClose?: () => void
}

/**
 * Opens a UDP socket.
 *
 * @throws InvalidOptionError for a wrong endpoint
 * @throws ListenError when it is taken, not ours, or does not resolve
 * @example
 *   await using socket = await openDatagrams('udp://127.0.0.1:20000')
 *   await pipe(socket, map(({ bytes, remote }) => ({ bytes: reply(bytes), remote })), socket)
 */
export async function openDatagrams(url: string, options: DatagramOptions = {}): Promise<DatagramConnection> {
  const endpoint = parseEndpoint(url)
  if (endpoint.kind !== 'udp') throw new InvalidOptionError('endpoint', url, 'udp://host:port')
  const { bind = true, shared = false, broadcast = false } = options
  const receiveBytes = wholeNumber('receiveBytes', options.receiveBytes ?? limits.datagramReceiveBytes)
  wholeNumber('maxWaiting', options.maxWaiting ?? limits.datagrams)
  const socket = createSocket({ type: endpoint.host.includes(':') ? 'udp6' : 'udp4', reuseAddr: shared })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      socket.close()
      reject(new ListenError(url, whyNot(cause), { cause }))
    })
    socket.bind(bind ? { port: endpoint.port, address: endpoint.host } : {}, resolve)
  })
  socket.removeAllListeners('error')
  if (broadcast) socket.setBroadcast(true)
  raiseReceiveBuffer(socket, receiveBytes)
  return new DatagramConnection(socket, bind ? {} : { host: endpoint.host, port: endpoint.port }, options)
}

/** Linux gives what it can; other systems refuse what is too much, so half of it is asked for, and so on. */
function raiseReceiveBuffer(socket: Socket, bytes: number): void {
  for (let asked = bytes; asked > socket.getRecvBufferSize(); asked = Math.floor(asked / 2)) {
    try {
      socket.setRecvBufferSize(asked)
      return
    } catch {
      // Too much for this system.
    }
  }
}

export class DatagramConnection extends BaseConnection<Datagram> {
  readonly local: Address
  /** The endpoint that a client asked for; a server has no single peer. */
  readonly remote: Address
  /** What the kernel gave as receive buffer, in bytes (Linux counts its own overhead in). */
  readonly receiveBytes: number
  /** Datagrams that came while the queue was full. */
  dropped = 0
  readonly #socket: Socket
  readonly #options: DatagramOptions
  readonly #maxWaiting: number
  #arrived: Datagram[] = []
  #droppedNow = 0
  #scheduled = false
  #reading = false
  #sending = 0
  #full = false
  protected ended = false

  constructor(socket: Socket, remote: Address, options: DatagramOptions) {
    super(({ bytes }) => bytes.byteLength + 64)
    const bound = socket.address()
    this.#socket = socket
    this.#options = options
    this.#maxWaiting = options.maxWaiting ?? limits.datagrams
    this.local = address(bound.address, bound.port)
    this.remote = remote
    this.receiveBytes = socket.getRecvBufferSize()
    socket.on('message', (bytes, from) => this.#received(bytes, from))
    socket.on('error', (error) => this.gone(error))
    socket.once('close', () => {
      options.guard?.closed()
      options.onClose?.()
    })
    options.guard?.opened(this.local)
  }

  get endpoint(): string {
    return formatEndpoint('udp', this.local)
  }

  pause(): void {
    this.#reading = false
  }

  resume(): void {
    this.#reading = true
    this.#deliverSoon()
  }

  write(batch: readonly Datagram[]): boolean {
    for (const datagram of batch) this.#send(datagram)
    this.#full = this.#sending >= this.#maxWaiting
    return !this.#full
  }

  end(): void {
    this.ended = true
    if (this.#sending === 0) setImmediate(() => this.sent())
  }

  /** The reader of a socket hears its end, not a fault: UDP has no other. */
  override close(): Promise<void> {
    this.source.end()
    return super.close()
  }

  hangUp(): void {}

  protected async finish(): Promise<void> {
    if (this.death !== undefined) return
    await new Promise<void>((resolve) => this.#socket.close(resolve))
    this.over()
  }

  protected cut(): void {
    this.#socket.close()
  }

  #received(bytes: Uint8Array, from: RemoteInfo): void {
    const datagram = { bytes, remote: address(from.address, from.port) }
    if (this.#options.guard?.takes(datagram) === false) return
    if (this.#arrived.length >= this.#maxWaiting) {
      this.dropped++
      this.#droppedNow++
    } else {
      this.#arrived.push(datagram)
    }
    this.#deliverSoon()
  }

  #deliverSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#droppedNow > 0) this.#options.onDrop?.(this.#droppedNow)
      this.#droppedNow = 0
      if (!this.#reading || this.#arrived.length === 0) return
      const batch = this.#arrived
      this.#arrived = []
      this.source.deliver(batch)
    })
  }

  #send(datagram: Datagram): void {
    const { bytes, remote } = datagram
    if (this.death !== undefined || this.ended || this.#options.guard?.sends(datagram) === false) return
    this.#sending++
    const sent = (error: Error | null): void => {
      this.#sending--
      if (error !== null) this.#options.onSendError?.(error, datagram)
      if (this.#full && this.#sending < this.#maxWaiting / 2) {
        this.#full = false
        this.watcher?.drained()
      }
      if (this.ended && this.#sending === 0) this.sent()
    }
    try {
      this.#socket.send(bytes, remote.port, remote.host, sent)
    } catch (error) {
      // Node throws at once for a port of 0; a peer can have one, in a forged datagram.
      setImmediate(sent, error as Error)
    }
  }
}
