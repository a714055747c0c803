/**
 * Programs as child processes: started, read line by line, ended by their own pid, whatever becomes of the test.
 *
 * Importing this file is enough to be sure that no child outlives the test file.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { after } from 'node:test'
import { Bell } from './wait.ts'
import './leaks.ts'

export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

interface ChildOptions {
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** It starts others, which are to die with it. */
  readonly family?: boolean
  /** Nobody reads this output, as if its reader were stuck. */
  readonly unread?: Output
}

type Output = 'stdout' | 'stderr'

const running = new Set<Child>()

after(async () => {
  await Promise.all(Array.from(running, (child) => child.kill()))
})
process.once('exit', () => {
  for (const child of running) child.cut()
})

/** Ours, but for what steers the tests themselves (`IT_SERVE_RUNS`): the program takes `IT_SERVE_*` for its options. */
export function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('IT_SERVE_')))
}

export class Child {
  readonly pid: number
  readonly #process: ChildProcessWithoutNullStreams
  readonly #chunks: Record<Output, Buffer[]> = { stdout: [], stderr: [] }
  readonly #bell = new Bell()
  readonly #name: string
  readonly #family: boolean
  #exited = false
  #ended: Ended | undefined

  constructor(command: string, args: readonly string[], { env = {}, cwd, family = false, unread }: ChildOptions = {}) {
    this.#name = [command, ...args].join(' ')
    const child = spawn(command, args, {
      env: { ...environment(), ...env },
      stdio: 'pipe',
      detached: family,
      ...(cwd === undefined ? {} : { cwd })
    })
    if (child.pid === undefined) throw new Error(`cannot start ${command}`)
    this.#process = child
    this.#family = family
    this.pid = child.pid
    running.add(this)
    for (const output of ['stdout', 'stderr'] as const) {
      if (output === unread) continue
      child[output].on('data', (bytes: Buffer) => {
        this.#chunks[output].push(bytes)
        this.#bell.ring()
      })
    }
    // A child that ends without reading its input is no failure of the test.
    child.stdin.on('error', () => {})
    child.on('exit', () => {
      this.#exited = true
      this.#bell.ring()
    })
    child.on('close', (status, signal) => {
      this.#ended = { status, signal, stdout: Buffer.concat(this.#chunks.stdout), stderr: this.text('stderr') }
      running.delete(this)
      this.#bell.ring()
    })
  }

  /** All that it has written so far. */
  text(output: Output = 'stdout'): string {
    return Buffer.concat(this.#chunks[output]).toString()
  }

  /** The whole lines that it has written so far. */
  lines(output: Output = 'stdout'): string[] {
    return this.text(output).split('\n').slice(0, -1)
  }

  /** Waits for the first line that fits. */
  line(fits: (line: string, index: number) => boolean, what: string, output: Output = 'stdout'): Promise<string> {
    return this.#bell.until(() => {
      const found = this.lines(output).find(fits)
      if (found === undefined && this.#ended !== undefined) throw this.#failed(`it ended before ${what}`, this.#ended)
      return found
    }, `${what}, from ${this.#name}`)
  }

  /** Waits for line number `index`. */
  lineAt(index: number, output: Output = 'stdout'): Promise<string> {
    return this.line((_, at) => at === index, `its line ${index}`, output)
  }

  /** Passes input on; with `end` there is no more. */
  write(input: string | Uint8Array, end?: 'end'): this {
    this.#process.stdin.write(input)
    if (end === 'end') this.#process.stdin.end()
    return this
  }

  endInput(): this {
    this.#process.stdin.end()
    return this
  }

  /** Closes our end of an output: a reader that goes away. */
  closeOutput(output: Output = 'stdout'): this {
    this.#process[output].destroy()
    return this
  }

  get isRunning(): boolean {
    return !this.#exited
  }

  signal(signal: NodeJS.Signals): this {
    if (!this.#exited) process.kill(this.pid, signal)
    return this
  }

  /** Once it is gone, whatever becomes of its output. */
  exited(what = 'its exit', ms?: number): Promise<number | null> {
    return this.#bell
      .until(() => (this.#exited ? { status: this.#process.exitCode } : undefined), `${what}, of ${this.#name}`, ms)
      .then(({ status }) => status)
  }

  /** How it ended, once it has and all its output is here. */
  ended(what = 'its end', ms?: number): Promise<Ended> {
    return this.#bell.until(() => this.#ended, `${what}, of ${this.#name}`, ms)
  }

  /** Ends it by force, and its family too, also when it is gone and one of them is not. */
  cut(): void {
    try {
      if (this.#family) process.kill(-this.pid, 'SIGKILL')
      else this.signal('SIGKILL')
    } catch {
      // Nobody is left.
    }
  }

  /** The same, and waits until it is gone. */
  async kill(): Promise<void> {
    this.cut()
    this.#process.stdin.destroy()
    this.#process.stdout.destroy()
    this.#process.stderr.destroy()
    if (this.#ended === undefined) await this.ended()
  }

  #failed(what: string, { status, signal }: Ended): Error {
    return new Error(`${this.#name}: ${what} (${status ?? signal}), saying ${JSON.stringify(this.text('stderr'))}`)
  }
}
