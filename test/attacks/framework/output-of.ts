/** A program that runs to its end: what it printed, and its status. Ended by its pid where the row is over before. */
import { execFile } from 'node:child_process'
import type { Attack } from './attack.ts'

export interface Output {
  readonly status: number | string
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

interface OutputOptions {
  readonly env?: Readonly<Record<string, string>>
  /** How long it may take, in ms (300,000). */
  readonly ms?: number
  /** What it reads (nothing). */
  readonly input?: string
}

/** @param cwd the root of the project */
export function outputOf(
  attack: Attack,
  words: readonly [string, ...string[]],
  { env = {}, ms = 300_000, input = '' }: OutputOptions = {}
): Promise<Output> {
  const [program, ...args] = words
  const from = performance.now()
  const cwd = new URL('../../../', import.meta.url)
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: { ...process.env, ...env },
      timeout: ms,
      killSignal: 'SIGKILL',
      maxBuffer: 2 ** 26
    } as const
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : (error.signal ?? error.code ?? 1)
      resolve({ status, stdout, stderr, ms: performance.now() - from })
    })
    attack.after(() => void child.kill('SIGKILL'))
    child.stdin?.on('error', () => {}).end(input)
  })
}
