/** Node's own TLS as a peer, and a line between two ends that can be cut. */
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { hostAndPort, listening } from './raw.ts'
import { within } from './wait.ts'

/** A client of Node's own, which trusts whom it meets unless told otherwise; errors are for the test to look at. */
export function dialTls(endpoint: string, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({
    ...hostAndPort(endpoint),
    rejectUnauthorized: false,
    ...options,
    allowHalfOpen: true
  } as never)
  return socket.on('error', () => {})
}

export function secured(socket: TLSSocket): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', () => resolve()).once('error', reject)
  })
  return within(done, 'a TLS handshake')
}

export interface Cutter {
  readonly endpoint: string
  /** Passes on so many bytes of the next connection's answers, then ends it with a plain FIN, or a reset. */
  cutAt(bytes: number, how?: 'fin' | 'reset'): void
  /** Flips a bit of the byte at this place of the next connection's answers. */
  flipAt(byte: number): void
  /** Bytes of answers that the latest connection passed on. */
  readonly passed: number
}

/** A proxy in front of `target` that cuts what comes back, as anybody on the way could. */
export async function cutter(t: TestContext, target: string): Promise<Cutter> {
  let limit = Number.POSITIVE_INFINITY
  let flip = -1
  let how = 'fin'
  const state = { passed: 0 }
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    const outer = connectSocket({ ...hostAndPort(target), allowHalfOpen: true })
    for (const socket of [inner, outer]) sockets.add(socket.on('error', () => {}))
    let passed = 0
    let cut = false
    inner.on('data', (bytes) => outer.write(bytes)).on('end', () => outer.end())
    outer.on('data', (bytes: Buffer) => {
      if (cut) return
      const part = Buffer.from(bytes.subarray(0, limit - passed))
      if (flip >= passed && flip < passed + part.length) (part[flip - passed] as number) ^= 1
      passed += part.length
      state.passed = passed
      cut = passed >= limit
      if (!cut) inner.write(part)
      else if (how === 'fin') inner.end(part)
      else inner.write(part, () => inner.resetAndDestroy())
    })
    outer.on('end', () => inner.end())
  })
  const endpoint = `tls://127.0.0.1:${await listening(server)}`
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    endpoint,
    cutAt(bytes, manner = 'fin') {
      limit = bytes
      how = manner
      flip = -1
    },
    flipAt(byte) {
      flip = byte
      limit = Number.POSITIVE_INFINITY
    },
    get passed() {
      return state.passed
    }
  }
}
