/**
 * Connected pairs over every transport: a connection of the core, and a peer by hand.
 */
import { channel } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createSecureServer, connect as secureConnect, type TLSSocket } from 'node:tls'
import type { Connection } from '../../../lib/types.ts'
import { certify, noOpenssl } from '../../support/certificates.ts'
import type { Core } from '../core.ts'
import { type Trial, until, watch } from '../trial.ts'
import { MemoryPeer } from './memory-peer.ts'
import type { Peer } from './peer.ts'
import { SocketPeer } from './socket-peer.ts'

/** `tcp plain` has no read buffers; on `tcp client` and `tls client` it is our side that connected. */
export type WireName = 'memory' | 'tcp' | 'tcp plain' | 'tcp client' | 'unix' | 'tls' | 'tls client'

const secured: WireName[] = noOpenssl === false ? ['tls', 'tls client'] : []
export const wireNames: readonly WireName[] = ['memory', 'tcp', 'tcp plain', 'tcp client', 'unix', ...secured]

const pair = noOpenssl === false ? certify() : { cert: '', key: '' }

export interface Wire {
  readonly name: WireName
  readonly ours: Connection
  readonly peer: Peer
  /** Not where our side connected: Node does not show its socket. */
  readonly gauge?: Gauge
}

/** Looks into our side, to measure what it keeps. */
export interface Gauge {
  /** Bytes that our side has read from the kernel; the memory pair is ours as a whole. */
  read(): number
  /** Bytes of ours that the kernel has taken. */
  taken(): number
}

/** Opens wires for `use` and closes all of them behind it. */
export async function withWires<R>(trial: Trial, use: (wires: Wires) => Promise<R>): Promise<R> {
  const directory = await mkdtemp(join(tmpdir(), 'it-serve-laws-'))
  const wires = new Wires(trial, directory)
  try {
    return await use(wires)
  } finally {
    await wires.close()
    await rm(directory, { recursive: true, force: true })
  }
}

type Open = () => Promise<Wire>

export class Wires {
  readonly #trial: Trial
  readonly #directory: string
  readonly #roads = new Map<WireName, Promise<Open>>()
  readonly #open: Wire[] = []
  readonly #closers: (() => Promise<void> | void)[] = []

  constructor(trial: Trial, directory: string) {
    this.#trial = trial
    this.#directory = directory
  }

  /** A fresh pair. */
  async open(name: WireName): Promise<Wire> {
    if (!this.#roads.has(name)) this.#roads.set(name, this.#build(name))
    const wire = await ((await this.#roads.get(name)) as Open)()
    this.#open.push(wire)
    return wire
  }

  /** Cuts every pair that is open. */
  cut(): void {
    for (const { ours, peer } of this.#open.splice(0)) {
      ours.abort('the test is through')
      peer.reset()
    }
  }

  async close(): Promise<void> {
    this.cut()
    for (const close of this.#closers) await close()
  }

  async #build(name: WireName): Promise<Open> {
    const { core } = this.#trial
    if (name === 'memory') return async () => memoryWire(core)
    if (name === 'tcp client') return this.#connecting()
    if (name === 'tls client') return this.#connectingSecurely()
    if (name === 'tls') return this.#acceptingSecurely()
    return this.#accepting(name)
  }

  async #accepting(name: WireName): Promise<Open> {
    const unix = name === 'unix' ? join(this.#directory, 'socket') : undefined
    const listener = await this.#trial.core.listen(unix === undefined ? 'tcp://127.0.0.1:0' : `unix:${unix}`, {
      readBuffers: name !== 'tcp plain'
    })
    this.#closers.push(() => listener.close())
    const accepted = listener[Symbol.asyncIterator]()
    const to =
      unix === undefined ? { host: '127.0.0.1', port: Number(new URL(listener.endpoint).port) } : { path: unix }
    return async () => {
      const inside = nextAccepted()
      const socket = new Socket({ allowHalfOpen: true }).connect({ ...to, noDelay: true } as never)
      const peer = new SocketPeer(socket, unix !== undefined)
      const next = watch(accepted.next())
      await until(this.#trial, 'a connection to be accepted', () => next.settled && inside.socket !== undefined)
      return { name, ours: next.value?.value as Connection, peer, gauge: socketGauge(inside.socket as Socket) }
    }
  }

  async #connecting(): Promise<Open> {
    const accepted: Socket[] = []
    const server: Server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
      accepted.push(socket)
    })
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
    this.#closers.push(() => {
      server.close()
    })
    const { port } = server.address() as { port: number }
    return async () => {
      const ours = await this.#trial.core.connect(`tcp://127.0.0.1:${port}`)
      await until(this.#trial, 'the connection to be accepted', () => accepted.length > 0)
      return { name: 'tcp client', ours, peer: new SocketPeer(accepted.shift() as Socket, false) }
    }
  }

  async #acceptingSecurely(): Promise<Open> {
    const listener = await this.#trial.core.listen('tls://127.0.0.1:0', { tls: pair })
    this.#closers.push(() => listener.close())
    const accepted = listener[Symbol.asyncIterator]()
    const port = Number(/\d+$/.exec(listener.endpoint)?.[0])
    return async () => {
      const line = new Socket({ allowHalfOpen: true }).connect({ host: '127.0.0.1', port, noDelay: true } as never)
      const socket = secureConnect({ socket: line, ca: pair.cert, allowHalfOpen: true } as never)
      const peer = new SocketPeer(socket, false, line)
      const next = watch(accepted.next())
      await until(this.#trial, 'a handshake', () => next.settled && socket.getProtocol() !== null)
      const ours = next.value?.value as Connection
      return { name: 'tls', ours, peer, gauge: socketGauge((ours as unknown as { socket: Socket }).socket) }
    }
  }

  async #connectingSecurely(): Promise<Open> {
    const accepted: TLSSocket[] = []
    const server = createSecureServer({ ...pair, allowHalfOpen: true, pauseOnConnect: true } as never, (socket) => {
      accepted.push(socket)
    })
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
    this.#closers.push(() => {
      server.close()
    })
    const { port } = server.address() as { port: number }
    return async () => {
      const ours = await this.#trial.core.connect(`tls://127.0.0.1:${port}`, { tls: { ca: pair.cert } })
      await until(this.#trial, 'the connection to be accepted', () => accepted.length > 0)
      const socket = accepted.shift() as TLSSocket
      const line = (socket as unknown as { _parent: Socket })._parent
      return { name: 'tls client', ours, peer: new SocketPeer(socket, false, line) }
    }
  }
}

/** Node tells of every socket that it accepts. That is how a test sees into a connection, and only to measure. */
function nextAccepted(): { socket?: Socket } {
  const seen: { socket?: Socket } = {}
  const sockets = channel('net.server.socket')
  const see = (message: unknown): void => {
    sockets.unsubscribe(see)
    seen.socket = (message as { socket: Socket }).socket
  }
  sockets.subscribe(see)
  return seen
}

function socketGauge(inside: Socket): Gauge {
  return { read: () => inside.bytesRead, taken: () => inside.bytesWritten - inside.writableLength }
}

function memoryWire(core: Core): Wire {
  const [client, ours] = core.memoryPair()
  const peer = new MemoryPeer(core, client)
  return { name: 'memory', ours, peer, gauge: { read: () => peer.taken, taken: () => peer.receivedBytes } }
}
