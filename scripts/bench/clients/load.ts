/**
 * What every load client shares. It is told PORT and the id of the server process first, then what is its own. Warming up,
 * it checks every byte it gets; measuring, it only counts.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { connect as connectSecurely } from 'node:tls'
import { obey } from '../commands.ts'
import type { Figure } from '../rounds.ts'

/** One connection of a client. */
export interface Talk {
  /** Bytes came, and stand in `scratch`. */
  bytes(count: number): void
  /** A slice begins: sends what keeps it busy. */
  go(): void
}

/** `going`: answer what comes with new messages. `count` is in the unit of the row. */
export const load = { count: 0, checking: true, going: false }

export const args = process.argv.slice(4)
export const [port = 0, serverPid = 0] = process.argv.slice(2, 4).map(Number)

/** All connections read into this one: what arrived is used up before the next read. */
const scratch = Buffer.allocUnsafe(256 * 1024)

/** Opens connections that read without allocating, so that the client is no slower than what it measures; then obeys. */
export async function run(connections: number, talk: (socket: Socket) => Talk, secured = false): Promise<void> {
  const talks = await Promise.all(Array.from({ length: connections }, () => open(talk, secured)))
  await obey(async (seconds, warming) => {
    load.checking = warming
    load.going = true
    for (const { go } of talks) go()
    const figure = await measure(seconds)
    load.going = false
    // What is still out comes back now, and not in the turn of another side.
    await setTimeout(20)
    return figure
  })
}

function open(talk: (socket: Socket) => Talk, secured: boolean): Promise<Talk> {
  return new Promise((resolve) => {
    const callback = (bytes: number) => {
      mine.bytes(bytes)
      return true
    }
    const to = { port, host: '127.0.0.1', noDelay: true, onread: { buffer: scratch, callback } }
    const socket: Socket = secured ? connectSecurely({ ...to, rejectUnauthorized: false } as never) : connect(to)
    if (secured) socket.setNoDelay()
    const mine = talk(socket)
    socket.once(secured ? 'secureConnect' : 'connect', () => resolve(mine))
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('the server closed a connection')))
  })
}

/** Counts for so long. */
export async function measure(seconds: number): Promise<Figure> {
  const before = { count: load.count, server: serverSeconds(), client: process.cpuUsage(), at: performance.now() }
  await setTimeout(seconds * 1000)
  const count = load.count - before.count
  const elapsed = (performance.now() - before.at) / 1000
  const { user, system } = process.cpuUsage(before.client)
  return {
    value: count / elapsed,
    perCpu: count / (serverSeconds() - before.server),
    client: (user + system) / 1e6 / elapsed
  }
}

/** Processor time of all threads of the server, which Linux tells to the nanosecond. */
function serverSeconds(): number {
  if (process.platform !== 'linux') return NaN
  const tasks = `/proc/${serverPid}/task`
  return readdirSync(tasks).reduce((sum, task) => {
    return sum + Number(readFileSync(`${tasks}/${task}/schedstat`, 'latin1').split(' ')[0]) / 1e9
  }, 0)
}

/** Compares what was just read with `expected`, from `offset` on and round again. */
export function check(expected: Buffer, offset: number, bytes: number): void {
  for (let done = 0; done < bytes; ) {
    const from = (offset + done) % expected.length
    const size = Math.min(bytes - done, expected.length - from)
    if (scratch.compare(expected, from, from + size, done, done + size) !== 0) fail(new Error('wrong bytes came back'))
    done += size
  }
}

/** Where a text begins in what was just read; -1 for nowhere. */
export function offsetOf(text: string, bytes: number): number {
  return scratch.subarray(0, bytes).indexOf(text)
}

export function fail(error: Error): never {
  console.error(error.message)
  process.exit(1)
}
