/**
 * Processes of the benchmark: started fresh, spoken to by lines, and always ended, by the id they were started with.
 *
 * Every side is loaded the same way (`node --import tsx`): what the loader costs is paid before the measuring starts.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const patienceMs = 120_000
const graceMs = 3_000

const running = new Set<ChildProcess>()

/** A script below scripts/bench, and what it is told. */
export type Command = readonly [script: string, ...args: (string | number)[]]

export interface Child {
  readonly pid: number
  /** Says something, if it is given, and waits for the next line. Rejects when none comes any more. */
  ask(text?: string): Promise<string>
  stop(): Promise<void>
}

export interface StartOptions {
  /** For Node itself. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export function start([script, ...args]: Command, { flags = [], env = {} }: StartOptions = {}): Child {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [...flags, '--import', 'tsx', file, ...args.map(String)], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  // A child that is gone refuses what we say; its missing answer tells.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    pid: child.pid ?? 0,
    stop: () => stop(child),
    async ask(text) {
      if (text !== undefined) child.stdin.write(`${text}\n`)
      const late = new AbortController()
      const next = await Promise.race([lines.next(), patience(script, late.signal)]).finally(() => late.abort())
      if (next.done === true) throw new Error(`${script} ${args.join(' ')} ended without an answer`)
      return next.value
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return
  const gone = once(child, 'exit')
  // Politely first: only a process that ends itself writes its CPU profile.
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await gone
  clearTimeout(force)
}

/** Ends whatever a contest that failed has left. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop))
}

function patience(script: string, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new Error(`${script} said nothing for ${patienceMs / 1000} s`))
    const timer = setTimeout(fail, patienceMs)
    signal.addEventListener('abort', () => clearTimeout(timer))
  })
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
