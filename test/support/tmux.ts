/**
 * A program at a terminal of tmux, driven by its control mode: keys go in, what the program shows comes out as events. The
 * tmux server is one of the test's own, and ends with it.
 */
import type { TestContext } from 'node:test'
import { Child } from './child.ts'

let servers = 0

export class Tmux {
  readonly #control: Child
  #from = 0

  constructor(t: TestContext, command: readonly string[], cwd: string) {
    const socket = `it-serve-test-${process.pid}-${++servers}`
    const words = ['-L', socket, '-f', '/dev/null', '-C', 'new-session', '-x', '200', '-y', '50', '-c', cwd]
    this.#control = new Child('tmux', [...words, ...command], { env: { TERM: 'xterm', LC_ALL: 'C.UTF-8' } })
    t.after(async () => {
      this.#control.write('kill-server\n')
      await this.#control.ended('the end of tmux').catch(() => this.#control.kill())
    })
  }

  /** Types a line and Enter. */
  type(line: string): void {
    const quoted = `'${line.replaceAll("'", "'\\''")}'`
    this.#control.write(`send-keys -l ${quoted}\nsend-keys Enter\n`)
  }

  press(key: string): void {
    this.#control.write(`send-keys ${key}\n`)
  }

  /** Waits until the screen is given something that fits, behind what fitted before. */
  async shows(wanted: RegExp): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null
    await this.#control.line(() => {
      found = wanted.exec(this.shown().slice(this.#from))
      return found !== null
    }, `${wanted} on the screen`)
    const match = found as unknown as RegExpExecArray
    this.#from += match.index + match[0].length
    return match
  }

  /** All that the program has written to its terminal, echoes of keys included. */
  shown(): string {
    const outputs = this.#control.lines().flatMap((line) => /^%output %\d+ (.*)$/.exec(line)?.[1] ?? [])
    const bytes = outputs
      .join('')
      .replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    return bytes.replaceAll('\r', '')
  }
}
