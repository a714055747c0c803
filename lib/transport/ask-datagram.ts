import { getRandomValues } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { systemClock } from '../clock.ts'
import { ConnectError, DeadlineError, InvalidOptionError } from '../errors.ts'
import { limits, milliseconds, wholeNumber } from '../limits.ts'
import type { Clock } from '../types.ts'
import { parseEndpoint } from './endpoint.ts'
import { whyNot } from './why-not.ts'

export interface AskDatagramOptions {
  /** How often the question is sent in all (4). */
  tries?: number
  /** How long the first try waits for its answer (500 ms); each further one waits twice as long. */
  timeoutMs?: number
  /** Whether this is the answer (any is). What is not is ignored, and waiting goes on. */
  match?: (answer: Uint8Array, id: Uint8Array) => boolean
  signal?: AbortSignal
  /** The time by which it waits (the system's). */
  clock?: Clock
}

/** A question whose protocol can carry an id: 16 random bytes, the same in every try. */
export type QuestionWithId = (id: Uint8Array) => Uint8Array

/** Of a wait; so much of it is left to chance, that many clients do not ask again all at once. */
const jitter = 0.25

/**
 * One question and its answer over UDP. The socket is connected, so that the kernel passes on nothing but what the asked
 * endpoint itself sends, and says when nobody is there. Whoever can forge that address too is met by an id, where the
 * protocol can carry one.
 *
 * It is asked again after each wait, or up to a quarter of it sooner; it gives up after `timeoutMs * (2 ** tries - 1)`.
 *
 * @returns the first datagram that comes back and matches
 * @throws ConnectError when the name does not resolve, nobody listens there, or no answer came to any try (with the
 *   defaults after 7.5 s)
 * @example const answer = await askDatagram('udp://127.0.0.1:20000', new Uint8Array(0))
 * @example
 *   const match = (answer, id) => Buffer.compare(answer.subarray(0, 16), id) === 0
 *   await askDatagram(endpoint, (id) => Buffer.concat([id, question]), { match })
 */
export async function askDatagram(
  url: string,
  question: Uint8Array | QuestionWithId,
  options: AskDatagramOptions = {}
): Promise<Uint8Array> {
  const { tries = limits.askTries, timeoutMs = limits.askTimeoutMs, match, signal, clock = systemClock } = options
  wholeNumber('tries', tries)
  milliseconds('timeoutMs', timeoutMs)
  const allMs = milliseconds('timeoutMs', timeoutMs * (2 ** tries - 1))
  const endpoint = parseEndpoint(url)
  if (endpoint.kind !== 'udp') throw new InvalidOptionError('endpoint', url, 'udp://host:port')
  signal?.throwIfAborted()
  const id = getRandomValues(new Uint8Array(16))
  const bytes = typeof question === 'function' ? question(id) : question
  const socket = createSocket(isIPv6(endpoint.host) ? 'udp6' : 'udp4')
  const timers: { cancel(): void }[] = []
  let aborted: (() => void) | undefined
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => reject(new ConnectError(url, whyNot(cause), { cause }))
      const ask = (): void =>
        socket.send(bytes, (error) => {
          if (error !== null) failed(error)
        })
      const begin = (): void => {
        ask()
        for (const ms of waits(tries, timeoutMs)) timers.push(clock.after(ms, ask))
        timers.push(clock.after(allMs, giveUp))
      }
      const giveUp = (): void => {
        const cause = new DeadlineError('no answer', allMs)
        reject(new ConnectError(url, `no answer to ${tries} tries within ${allMs} ms`, { cause }))
      }
      aborted = () => reject(signal?.reason)
      signal?.addEventListener('abort', aborted, { once: true })
      socket.on('message', (answer) => {
        if (match === undefined || match(answer, id)) resolve(answer)
      })
      socket.on('error', failed)
      socket.connect(endpoint.port, endpoint.host, begin)
    })
  } finally {
    for (const timer of timers) timer.cancel()
    if (aborted !== undefined) signal?.removeEventListener('abort', aborted)
    socket.close()
  }
}

/** When it is asked again, in ms from the first time. */
function waits(tries: number, timeoutMs: number): number[] {
  const again = Array.from({ length: tries - 1 }, (_, index) => index)
  return again.map((index) => timeoutMs * (2 ** (index + 1) - 1 - Math.random() * jitter * 2 ** index))
}
