/**
 * One command at work, with all that it starts: read, killed, and gone only when nobody of it is left.
 *
 * The end of a command is the end of everything that came of it: when its first process has ended, the rest of its group
 * is killed, and then whoever left the group. Only then does its output end, also where a grandchild held on to it; what
 * was written before is read to the last byte. Output waits in the kernel while nobody reads it, and the program with it.
 */
import type { Readable } from 'node:stream'
import { channel, limits } from '../../lib/index.ts'
import { type Confined, type Invocation, startConfined } from './confinement.ts'
import { type Output, quiet } from './progress.ts'
import { newMark, survivors } from './survivors.ts'

/** How its first process ended, or the error with which it did not start. */
export type Exit =
  | { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null; readonly error?: undefined }
  | { readonly exitCode: null; readonly signal: null; readonly error: Error }

/** How often survivors are looked for: each time all that were found are killed. */
const rounds = 100

const alive = new Set<ProcessGroup>()
let watched = false

/** What still runs when this process ends does not outlive it. */
function watchExit(): void {
  if (watched) return
  watched = true
  process.on('exit', () => {
    for (const group of alive) group.kill()
  })
}

export class ProcessGroup {
  /** What it says, and `quiet` now and then when it says nothing. */
  readonly output = channel<Output | typeof quiet>({ capacity: 1, policy: 'block' })
  /** Its first process has ended. */
  readonly exited: Promise<Exit>
  /** Nobody is left of it. */
  readonly gone: Promise<Exit>
  readonly #mark = newMark()
  readonly #child: Confined | undefined
  readonly #looking: NodeJS.Timeout | undefined
  #bytes = 0
  #bytesSeen = 0
  /** Pieces that wait for the reader. */
  #waiting = 0
  #over = false

  constructor(invocation: Invocation) {
    try {
      this.#child = startConfined(invocation, this.#mark)
    } catch (error) {
      this.exited = Promise.resolve({ exitCode: null, signal: null, error: error as Error })
      this.gone = this.exited
      this.output.end()
      return
    }
    const child = this.#child
    watchExit()
    alive.add(this)
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve({ exitCode: null, signal: null, error }))
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    })
    this.gone = this.exited.then(async (exit) => {
      this.kill()
      await this.#killSurvivors()
      alive.delete(this)
      this.#over = true
      return exit
    })
    this.#looking = setInterval(() => this.#look(), limits.commandLookMs)
    void this.#read()
  }

  /**
   * Kills its process group. Whoever left the group is killed when the first process has ended. Once nobody is left, its
   * number may be that of others.
   */
  kill(): void {
    const pid = this.#child?.pid
    if (pid === undefined || this.#over) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // Nobody is left in it.
    }
  }

  /** Nobody wants its output any more. */
  discard(): void {
    this.#child?.stdout.destroy()
    this.#child?.stderr.destroy()
    this.output.end()
  }

  async #read(): Promise<void> {
    const child = this.#child as Confined
    await Promise.all([this.#pass(child.stdout, 'stdout'), this.#pass(child.stderr, 'stderr')])
    clearInterval(this.#looking)
    this.output.end()
  }

  async #pass(stream: Readable, from: Output['from']): Promise<void> {
    try {
      for await (const bytes of stream as AsyncIterable<Uint8Array>) {
        this.#bytes += bytes.byteLength
        this.#waiting++
        const wanted = await this.output.push([{ from, bytes }])
        this.#waiting--
        if (!wanted) return
      }
    } catch {
      // It was destroyed: nobody wants the rest, or somebody holds on to it for nothing.
    }
  }

  #look(): void {
    const silent = this.#bytes === this.#bytesSeen && this.#waiting === 0
    this.#bytesSeen = this.#bytes
    if (!silent) return
    if (this.#over) {
      this.#child?.stdout.destroy()
      this.#child?.stderr.destroy()
      return
    }
    this.#waiting++
    void this.output.push([quiet]).finally(() => this.#waiting--)
  }

  async #killSurvivors(): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const pids = await survivors(this.#mark)
      if (pids.length === 0) return
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It is gone.
        }
      }
    }
  }
}
