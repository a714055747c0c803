/** Allow-lists for tests, and the programs that they allow. */
import { execFileSync } from 'node:child_process'
import { accessSync } from 'node:fs'
import { type AllowList, parseAllowList } from '../../servers/exec/allow-list.ts'
import type { Ended, Output, Progress } from '../../servers/exec/progress.ts'
import { runCommand } from '../../servers/exec/run-command.ts'

/** One that the user nobody may run, too. */
const python = '/usr/bin/python3'

/** For the option `skip` of a test. */
export const noCommands: string | false = (() => {
  try {
    accessSync(python)
    execFileSync('setpriv', ['--version'])
    execFileSync('prlimit', ['--version'])
    return false
  } catch {
    return `${python}, setpriv or prlimit is not here`
  }
})()

const anything = { matches: '.*', times: 64, optional: true }

/** Entries of an allow-list. */
export const programs = {
  /** Its arguments, each with a NUL behind it. */
  show: { program: '/usr/bin/printf', fixed: ['%s\\0'], operands: [anything] },
  sleep: { program: '/bin/sleep', operands: [{ matches: '[0-9.]+' }] },
  yes: { program: '/usr/bin/yes' },
  env: { program: '/usr/bin/env', fixed: ['-0'], environment: { LANG: 'C', EMPTY: '', TWO: 'a b' } },
  /** A name and a text of its own, both ways. */
  both: script("import os; os.write(1, b'out\\n'); os.write(2, b'err\\n')"),
  /** Exits with this status. */
  exit: script('import sys; sys.exit(int(sys.argv[1]))')
}

/** A program in Python that takes anything; it may read `tools` first. */
export function script(code: string, entry: object = {}): object {
  return { program: python, fixed: ['-I', '-S', '-c', code], operands: [anything], separator: false, ...entry }
}

/** Forks as it is told, and everybody sleeps; the last argument may be a number by which they are known. */
export const family = script(`
import os, signal, sys, time
def rest():
    time.sleep(3600)
kind = sys.argv[1]
marker = sys.argv[-1] if '.' in sys.argv[-1] else '3600'
if kind == 'tree':
    for _ in range(int(sys.argv[2])):
        if os.fork() == 0:
            rest()
elif kind == 'deaf':
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
elif kind == 'holder':  # a grandchild keeps stdout, its parent has ended well
    if os.fork() == 0:
        os.setpgid(0, 0)
        rest()
    os.write(1, b'held\\n')
    os._exit(0)
elif kind == 'daemon':  # double fork, a session of its own, nothing of ours left
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 3)
            os.environ.clear()
            os.execve('/bin/sleep', ['sleep', marker], {})
        os._exit(0)
    os.wait()
    os.write(1, b'gone\\n')
    os._exit(0)
rest()
`)

export function allowing(commands: Record<string, object>, more: object = {}): AllowList {
  return parseAllowList(JSON.stringify({ commands, ...more }))
}

export interface Ran {
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly ended: Ended
  readonly ms: number
}

/** Runs a command of a list to its end, without a server. */
export async function ran(
  list: AllowList,
  name: string,
  args: readonly string[] = [],
  { mostBytes = 1 << 20, signal = new AbortController().signal }: { mostBytes?: number; signal?: AbortSignal } = {}
): Promise<Ran> {
  const command = list.commands.get(name)
  if (command === undefined) throw new Error(`no command ${name}`)
  const start = performance.now()
  const all: Progress[] = []
  const invocation = { command, args: [...command.fixed, ...args] }
  for await (const batch of runCommand(invocation, { mostBytes, signal })) all.push(...batch)
  const said = (from: Output['from']): Buffer =>
    Buffer.concat(
      all
        .filter((one): one is Output => typeof one === 'object' && 'from' in one && one.from === from)
        .map(({ bytes }) => bytes)
    )
  const ended = all.at(-1) as Ended
  return { stdout: said('stdout'), stderr: said('stderr'), ended, ms: performance.now() - start }
}
