/** TLS clients of Node's own, in a process beside the server under attack: handshakes as fast as they go, and connections that stay. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { parseEndpoint } from '../../lib/index.ts'
import { within } from '../support/wait.ts'
import { answerParent } from './framework/remote.ts'

export interface HandshakePlan {
  readonly to: string
  readonly ca: string
  readonly count: number
  /** Begun and not over at a time (20). */
  readonly atATime?: number
  /** How long each may take, in ms (10,000). */
  readonly ms?: number
  /** From one to the next, in ms (0). */
  readonly everyMs?: number
}

export interface HandshakeReport {
  /** Handshakes behind which an echo came back whole. */
  readonly answered: number
  readonly errors: readonly string[]
  readonly failed: number
  /** How long each took from its connect to the end of the handshake, in ms. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
  readonly ms: number
}

const kept: TLSSocket[] = []

async function opened(to: string, ca: string, ms: number): Promise<TLSSocket> {
  const at = parseEndpoint(to)
  if (at.kind !== 'tls') throw new Error(`${to} is not for TLS`)
  const socket = connect({ host: at.host, port: at.port, ca, servername: 'localhost' })
  socket.on('error', () => {})
  const failed = once(socket, 'close').then(() => {
    throw new Error('closed in the handshake')
  })
  failed.catch(() => {})
  try {
    await within(Promise.race([once(socket, 'secureConnect'), failed]), 'a handshake', ms)
  } catch (error) {
    socket.destroy()
    throw error
  }
  return socket
}

async function echoed(socket: TLSSocket, text: string, ms: number): Promise<void> {
  let heard = ''
  const whole = new Promise<void>((resolve, reject) => {
    socket.on('data', (bytes: Buffer) => {
      heard += String(bytes)
      if (heard.length >= text.length) resolve()
    })
    socket.once('close', () => reject(new Error('closed in front of the answer')))
  })
  socket.write(text)
  try {
    await within(whole, 'an answer', ms)
  } finally {
    socket.removeAllListeners('data')
  }
  if (heard !== text) throw new Error('another answer')
}

answerParent({
  /** Full handshakes, each with an echo behind it. */
  async handshakes({ to, ca, count, atATime = 20, ms = 10_000, everyMs = 0 }: HandshakePlan): Promise<HandshakeReport> {
    const took: number[] = []
    const errors: string[] = []
    let begun = 0
    const from = performance.now()
    const one = async (): Promise<void> => {
      while (begun < count) {
        const text = createHash('sha256').update(String(begun++)).digest('hex')
        const since = performance.now()
        try {
          const socket = await opened(to, ca, ms)
          took.push(performance.now() - since)
          await echoed(socket, text, ms)
          socket.destroy()
          await once(socket, 'close')
        } catch (error) {
          errors.push(error instanceof Error ? error.message : String(error))
        }
        if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs))
      }
    }
    await Promise.all(Array.from({ length: atATime }, one))
    took.sort((first, other) => first - other)
    const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0
    const answered = count - errors.length
    const times = { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1), ms: performance.now() - from }
    return { answered, failed: errors.length, errors: errors.slice(0, 5), ...times }
  },

  /** Opens connections that stay; answers how many there are. */
  async hold({ to, ca, count }: HandshakePlan) {
    const begun = { count: 0 }
    const one = async (): Promise<void> => {
      while (begun.count++ < count) kept.push(await opened(to, ca, 30_000))
    }
    await Promise.all(Array.from({ length: 4 }, one))
    return kept.length
  },

  /** Of those that stay: each echoes once; answers how many got an answer of their own. */
  async askKept() {
    const asked = kept.map((socket, index) => echoed(socket, `number ${index}`, 30_000))
    return (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled').length
  },

  async release() {
    const sockets = kept.splice(0)
    for (const socket of sockets) socket.destroy()
  }
})
process.once('disconnect', () => process.exit())
