/** A TypeScript file as a process of its own that answers questions over IPC: both ends of it. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { within } from '../../support/wait.ts'

interface Question {
  readonly id: number
  readonly command: string
  readonly argument?: unknown
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

export type Commands = Readonly<Record<string, (argument: never) => unknown>>

export class Remote {
  readonly name: string
  readonly pid: number
  /** How it ended: its status, or the signal. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #last = 0
  #how: string | undefined
  #errors = ''

  /** @param wrapper a command in front of Node */
  constructor(
    name: string,
    file: URL,
    argument: unknown = {},
    flags: readonly string[] = [],
    wrapper: readonly string[] = []
  ) {
    this.name = name
    const [execPath = process.execPath, ...inside] = [...wrapper, process.execPath]
    const execArgv = [...inside, '--import', 'tsx', '--conditions', 'it-serve-source', ...flags]
    const child = fork(fileURLToPath(file), [JSON.stringify(argument)], {
      execPath,
      execArgv,
      stdio: ['ignore', 1, 'pipe', 'ipc']
    })
    if (child.pid === undefined) throw new Error(`cannot start ${name}`)
    this.#child = child
    this.pid = child.pid
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#errors = (this.#errors + bytes.toString()).slice(-4000)
    })
    child.on('message', ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) waiting?.resolve(value)
      else waiting?.reject(new Error(`${name}: ${error}`))
    })
    this.ended = new Promise((resolve) => {
      child.once('exit', (status, signal) => {
        this.#how = String(status ?? signal)
        for (const { reject } of this.#waiting.values()) reject(new Error(`${name} ended: ${this.how}`))
        this.#waiting.clear()
        resolve(this.#how)
      })
    })
  }

  get isRunning(): boolean {
    return this.#how === undefined
  }

  /** How it ended, and what it said last. */
  get how(): string {
    return `${this.#how ?? 'it runs'}${this.#errors === '' ? '' : `, saying ${this.#errors}`}`
  }

  ask<T>(command: string, argument?: unknown, ms = 60_000): Promise<T> {
    if (!this.isRunning) return Promise.reject(new Error(`${this.name} is gone: ${this.how}`))
    const id = ++this.#last
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, command, argument } satisfies Question)
    })
    answer.catch(() => {})
    return within(answer, `${this.name} answers to ${command}`, ms) as Promise<T>
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Lets it go: it ends by itself where nothing is left to do. */
  async leave(ms = 5_000): Promise<string> {
    if (this.#child.connected) this.#child.disconnect()
    return within(this.ended, `the end of ${this.name}`, ms)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
  }
}

/** In the child: answers until the parent is gone. */
export function answerParent(commands: Commands): void {
  process.on('message', async ({ id, command, argument }: Question) => {
    let answer: Answer
    try {
      const run = commands[command] as ((argument: unknown) => unknown) | undefined
      if (run === undefined) throw new Error(`no command ${command}`)
      answer = { id, value: await run(argument) }
    } catch (error) {
      answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
    if (process.connected) process.send?.(answer)
  })
}

/** In the child: what the parent gave it. */
export function argumentOfParent<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T
}
