/** `it-serve serve ...` as a user starts it: its endpoints, its log, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Bell } from '../../support/wait.ts'
import type { Attack } from './attack.ts'

const project = fileURLToPath(new URL('../../../', import.meta.url))

export class CommandLine {
  readonly #child: ChildProcess
  readonly #bell = new Bell()
  readonly #log: Buffer[] = []
  #said = ''
  #how: string | undefined

  constructor(attack: Attack, words: readonly string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/it-serve.ts', 'serve', ...words], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.#child = child
    attack.after(() => void child.kill('SIGKILL'))
    child.stderr?.on('data', (bytes: Buffer) => void this.#log.push(bytes))
    child.stdout?.on('data', (bytes: Buffer) => {
      this.#said += String(bytes)
      this.#bell.ring()
    })
    child.once('close', (status, signal) => {
      this.#how = String(status ?? signal)
      this.#bell.ring()
    })
  }

  /** As it says them, so many of them. */
  endpoints(count = 1): Promise<string[]> {
    return this.#bell.until(() => {
      if (this.#how !== undefined) throw new Error(`it ended (${this.#how}): ${this.log}`)
      const found = this.#said.match(/\b(?:tcp|tls|udp|unix):\S+/g) ?? []
      return found.length < count ? undefined : found
    }, 'the server listens')
  }

  get isRunning(): boolean {
    return this.#how === undefined
  }

  /** What it wrote to standard error. */
  get log(): Buffer {
    return Buffer.concat(this.#log)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Its status, or the signal. */
  ended(ms?: number): Promise<string> {
    return this.#bell.until(() => this.#how, 'the server ends', ms)
  }
}
