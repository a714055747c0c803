/** Hostile clients: a Python program in a process of its own that gets a plan and prints JSON lines. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Bell } from '../../support/wait.ts'

/** What one client of a crowd does, one step after the other. Texts are latin1, a character is a byte. */
export type Step =
  | { readonly do: 'send'; readonly text: string }
  /** So many bytes of a pattern (or of one character), as far as the server takes them. */
  | { readonly do: 'offer'; readonly bytes: number; readonly fill?: string }
  /** The same text again and again, until the connection is over. */
  | { readonly do: 'drip'; readonly text: string; readonly everyMs: number }
  /** Reads so many bytes, or to the end. */
  | { readonly do: 'read'; readonly bytes: number | 'end' }
  /** Rests for so long, or for a time in between. */
  | { readonly do: 'rest'; readonly ms: number | readonly [number, number] }
  /** Ends its half. */
  | { readonly do: 'fin' }
  | { readonly do: 'reset' }
  | { readonly do: 'close' }
  /** Reads nothing and waits for the server to close, or for `release`. */
  | { readonly do: 'hold' }

export interface CrowdPlan {
  readonly to: string
  readonly count: number
  readonly steps: readonly Step[]
  /** Local addresses that take turns. */
  readonly from?: readonly string[]
  /** SO_RCVBUF, set before connecting. */
  readonly receiveBytes?: number
  /** SO_SNDBUF, set before connecting. */
  readonly sendBytes?: number
  /** Largest segment, as over a real network: that of loopback makes the kernel keep megabytes for each connection. */
  readonly segmentBytes?: number
  /** New connections in a second (as fast as it goes). */
  readonly connectsPerSecond?: number
  /** Begun and not yet over at a time (all of them). */
  readonly atATime?: number
  /** When all is over at the latest, in ms (30,000): what is open then is closed as `patience`. */
  readonly patienceMs?: number
  readonly seed?: number
}

/** How one client fared. */
export interface Fate {
  /**
   * `fin` or `reset` by the server, `own` by the client itself (its steps were over), `released`, `patience`, or the name
   * of an error with which it could not connect.
   */
  readonly how: string
  /** When it began to connect, how long that took, and how long it lived from then on, in ms. */
  readonly beganMs: number
  readonly connectMs: number
  readonly livedMs: number
  readonly sent: number
  readonly received: number
  /** From its last byte, either way, to its end, in ms. */
  readonly restedMs: number
}

type Event = { readonly event: string } & Readonly<Record<string, unknown>>

const folder = fileURLToPath(new URL('../python/', import.meta.url))

export class Hostile {
  readonly pid: number
  readonly #child: ChildProcessWithoutNullStreams
  readonly #events: Event[] = []
  readonly #bell = new Bell()
  readonly #name: string
  #errors = ''
  #text = ''
  #how: string | undefined

  /** @param wrapper a command in front of it, as in `['ip', 'netns', 'exec', 'name']` */
  constructor(name: string, plan: unknown, wrapper: readonly string[] = []) {
    this.#name = name
    const words = [...wrapper, 'python3', '-B', '-u', `${folder}${name}`]
    const child = spawn(words[0] as string, words.slice(1), { stdio: 'pipe', env: { ...process.env, PYTHONUTF8: '1' } })
    if (child.pid === undefined) throw new Error(`cannot start ${name}`)
    this.pid = child.pid
    this.#child = child
    child.stdin.on('error', () => {})
    child.stderr.on('data', (bytes: Buffer) => {
      this.#errors = (this.#errors + bytes.toString()).slice(-4000)
    })
    child.stdout.on('data', (bytes: Buffer) => {
      this.#text += bytes.toString()
      const lines = this.#text.split('\n')
      this.#text = lines.pop() ?? ''
      for (const line of lines) this.#events.push(JSON.parse(line) as Event)
      this.#bell.ring()
    })
    child.on('close', (status, signal) => {
      this.#how = String(status ?? signal)
      this.#bell.ring()
    })
    this.say(plan)
  }

  /** A line of JSON to its standard input. */
  say(message: unknown): this {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`)
    return this
  }

  /** Waits for the first event of that name, or the one that fits. */
  event<T = Event>(name: string, ms = 60_000, fits: (event: Event) => boolean = () => true): Promise<T> {
    const look = (): T | undefined => {
      const found = this.#events.find((event) => event.event === name && fits(event))
      if (found === undefined && this.#how !== undefined) {
        throw new Error(`${this.#name} ended (${this.#how}) before ${name}: ${this.#errors}`)
      }
      return found as T | undefined
    }
    return this.#bell.until(look, `${name} of ${this.#name}`, ms)
  }

  /** How its clients fared, when all of them are through. */
  async fates(ms = 120_000): Promise<Fate[]> {
    const { fates } = await this.event<{ fates: [string, number, number, number, number, number, number][] }>(
      'done',
      ms
    )
    return fates.map(([how, beganMs, connectMs, livedMs, sent, received, restedMs]) => ({
      how,
      beganMs,
      connectMs,
      livedMs,
      sent,
      received,
      restedMs
    }))
  }

  /** Clients that hold let go. */
  release(): this {
    return this.say('release')
  }

  get isRunning(): boolean {
    return this.#how === undefined
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#bell.until(() => this.#how, `the end of ${this.#name}`)
  }
}

/** How many fared in which way. */
export function tally(fates: readonly Fate[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { how } of fates) counts[how] = (counts[how] ?? 0) + 1
  return counts
}
