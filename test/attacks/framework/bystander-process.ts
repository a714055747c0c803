/** The well-behaved client: asks, waits for the answer, compares, and does the same at a plain echo. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { connect as connectTls } from 'node:tls'
import { parseEndpoint } from '../../../lib/index.ts'
import { within } from '../../support/wait.ts'
import type { BystanderPlan, BystanderReport, Delays } from './bystander.ts'
import { answerParent } from './remote.ts'

/** Of this process as long as it lives, for servers that no bystander talks to. */
const loop = monitorEventLoopDelay({ resolution: 10 })
loop.enable()
const running = new Map<number, Bystander>()
let last = 0

/** One line to a server, over which questions go one after the other. */
interface Line {
  exchange(say: string, hear: string): Promise<void>
  close(): Promise<void>
}

class Bystander {
  readonly #plan: Required<Pick<BystanderPlan, 'say' | 'hear' | 'everyMs' | 'freshMs' | 'patienceMs'>> & BystanderPlan
  readonly #delays: number[] = []
  readonly #controls: number[] = []
  readonly #errors: string[] = []
  readonly #loop = monitorEventLoopDelay({ resolution: 10 })
  readonly #loops: Promise<void>[]
  readonly #over = new AbortController()
  #count = 0
  #sent = 0
  #received = 0
  #connections = 0
  #lost = 0
  #atWork = 0
  #paused: Promise<void> = Promise.resolve()
  resume: () => void = () => {}

  constructor(plan: BystanderPlan) {
    const say = plan.say ?? '#-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ\n'
    this.#plan = { hear: say, everyMs: 20, freshMs: 250, patienceMs: 15_000, ...plan, say }
    this.#loop.enable()
    this.#loops = [this.#stay()]
    if (this.#plan.freshMs > 0) this.#loops.push(this.#comeAndGo())
  }

  get worst(): number {
    return Math.max(0, this.#loop.max / 1e6 - 10, ...this.#controls)
  }

  /** Asks nothing until `resume`; resolves when nothing that was asked waits for its answer. */
  async pause(): Promise<void> {
    this.#paused = new Promise((resolve) => {
      this.resume = resolve
    })
    const deadline = performance.now() + 2_000
    while (this.#atWork > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 2))
  }

  async stop(): Promise<BystanderReport> {
    this.#over.abort()
    this.resume()
    await Promise.all(this.#loops)
    this.#loop.disable()
    return {
      delays: summary(this.#delays),
      control: summary(this.#controls),
      loop: { p99Ms: this.#loop.percentile(99) / 1e6, mostMs: this.#loop.max / 1e6 },
      errors: this.#errors.slice(0, 10),
      lost: this.#lost,
      connections: this.#connections,
      sent: this.#sent,
      received: this.#received
    }
  }

  async #stay(): Promise<void> {
    const { everyMs, control } = this.#plan
    let line: Line | undefined
    const plain = await this.#connect(control, false)
    while (!this.#over.signal.aborted) {
      try {
        line ??= await this.#connect(this.#plan.to, true)
        await this.#measure(line, this.#delays)
      } catch (error) {
        this.#note(error)
        await line?.close().catch(() => {})
        line = undefined
      }
      await this.#measure(plain, this.#controls)
      await this.#rest(everyMs)
    }
    await line?.close().catch((error) => this.#note(error))
    await plain.close()
  }

  async #comeAndGo(): Promise<void> {
    const { freshMs, to } = this.#plan
    while (!this.#over.signal.aborted) {
      try {
        const line = await this.#connect(to, true)
        await this.#measure(line, this.#delays)
        await line.close()
      } catch (error) {
        this.#note(error)
      }
      await this.#rest(freshMs)
    }
  }

  async #measure(line: Line, into: number[]): Promise<void> {
    await this.#paused
    this.#atWork++
    try {
      await this.#exchange(line, into)
    } finally {
      this.#atWork--
    }
  }

  async #exchange(line: Line, into: number[]): Promise<void> {
    const number = String(++this.#count).padStart(8, '0')
    const { say, hear, patienceMs } = this.#plan
    const from = performance.now()
    const control = into === this.#controls
    const asked = say.replaceAll('#', number)
    const exchange = line.exchange(asked, control ? asked : hear.replaceAll('#', number))
    await within(exchange, 'the answer to the well-behaved client', patienceMs)
    into.push(performance.now() - from)
  }

  async #connect(to: string, counted: boolean): Promise<Line> {
    if (to.startsWith('udp:')) return this.#datagrams(to)
    const { greeting = '', patienceMs } = this.#plan
    const socket = this.#dial(to)
    let heard = ''
    let failed: Error | undefined
    let wake: () => void = () => {}
    socket.on('data', (bytes: Buffer) => {
      if (counted) this.#received += bytes.byteLength
      heard += bytes.toString('latin1')
      wake()
    })
    const fail = (error: Error): void => {
      failed ??= error
      wake()
    }
    socket.on('error', fail).on('close', () => fail(new Error('the server closed the connection')))
    await within(once(socket, to.startsWith('tls:') ? 'secureConnect' : 'connect'), 'a connection', patienceMs)
    if (counted) this.#connections++
    const write = (text: string): void => {
      socket.write(text, 'latin1')
      if (counted) this.#sent += text.length
    }
    if (counted && greeting !== '') write(greeting)
    return {
      exchange: async (say, hear) => {
        write(say)
        while (heard.length < hear.length) {
          if (failed !== undefined) throw failed
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        if (heard !== hear) throw new Error(`heard ${JSON.stringify(heard)} instead of ${JSON.stringify(hear)}`)
        heard = ''
      },
      close: async () => {
        if (!socket.closed) {
          const closed = once(socket, 'close')
          socket.end()
          await within(closed, 'the close of a connection', patienceMs)
        }
      }
    }
  }

  #dial(to: string): Socket {
    const at = parseEndpoint(to)
    if (at.kind === 'unix') return createConnection({ path: at.path, allowHalfOpen: false })
    if (at.kind !== 'tcp' && at.kind !== 'tls') throw new Error(`no connections to ${to}`)
    const { host, port } = at
    const localAddress = host.startsWith('127.') ? '127.0.0.99' : undefined
    const from = localAddress === undefined ? {} : { localAddress }
    if (at.kind === 'tcp') return createConnection({ host, port, ...from, noDelay: true })
    const { ca, cert, key, servername } = this.#plan
    const options = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(servername && { servername }) }
    return connectTls({ host, port, ...from, ...options, checkServerIdentity: () => undefined })
  }

  async #datagrams(to: string): Promise<Line> {
    const at = parseEndpoint(to)
    if (at.kind !== 'udp') throw new Error(`${to} is not for datagrams`)
    const socket = createSocket('udp4')
    let heard: (text: string) => void = () => {}
    socket.on('message', (bytes) => heard(bytes.toString('latin1')))
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    this.#connections++
    return {
      exchange: async (say, hear) => {
        const answered = new Promise<void>((resolve) => {
          heard = (text) => {
            if (text === hear || hear === '') resolve()
          }
        })
        this.#sent += say.length
        socket.send(say, at.port, at.host)
        await within(answered, 'an answer', 1000).catch(() => {
          this.#lost++
        })
      },
      close: () => new Promise<void>((resolve) => socket.close(() => resolve()))
    }
  }

  #note(error: unknown): void {
    if (this.#errors.length < 100) this.#errors.push(error instanceof Error ? error.message : String(error))
  }

  #rest(ms: number): Promise<void> {
    const { signal } = this.#over
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms)
      function done(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })
  }
}

function summary(delays: number[]): Delays {
  const sorted = delays.sort((one, other) => one - other)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) }
}

answerParent({
  start(plan: BystanderPlan) {
    running.set(++last, new Bystander(plan))
    return last
  },
  loop: () => ({ p99Ms: loop.percentile(99) / 1e6, mostMs: loop.max / 1e6 }),
  pause: (id: number) => running.get(id)?.pause(),
  resume: (id: number) => running.get(id)?.resume(),
  /** The longest that the plain echo has needed so far, in ms. */
  worst: (id: number) => running.get(id)?.worst ?? 0,
  stop(id: number) {
    const bystander = running.get(id)
    running.delete(id)
    return bystander?.stop()
  }
})
process.once('disconnect', () => process.exit())
