/**
 * How a program is started so that it gets what its command allows and nothing else:
 *
 *   setpriv --no-new-privs --pdeathsig KILL -- prlimit --cpu=... --as=... -- PROGRAM ARGUMENTS
 *
 * No shell is anywhere in this. Each of the two sets what it is for and becomes the next one, so the process has one pid
 * from the beginning. It can gain no rights (`sudo` in it fails), dies when the server dies, leaves no core dump, leads a
 * session and a process group of its own, and has the descriptors 0 (empty), 1 and 2.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Command } from './allow-list.ts'

export interface Invocation {
  readonly command: Command
  readonly args: readonly string[]
}

export type Confined = ChildProcessByStdio<null, Readable, Readable>

/** The programs of util-linux that it needs, as paths. @throws Error where one is not there */
export function confinementTools(): { setpriv: string; prlimit: string } {
  return { setpriv: toolPath('setpriv'), prlimit: toolPath('prlimit') }
}

/**
 * @param mark the limit by which its processes are known, see survivors.ts
 * @throws Error of the system, as far as it does not come as an event `error`
 */
export function startConfined({ command, args }: Invocation, mark: string): Confined {
  const { program, directory, environment, user, limits } = command
  const { setpriv, prlimit } = confinementTools()
  const bounds = [
    `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`,
    `--as=${limits.memoryBytes}`,
    `--nofile=${limits.openFiles}`,
    ...(limits.processes === undefined ? [] : [`--nproc=${limits.processes}`]),
    '--core=0',
    `--rttime=${mark}`
  ]
  const words = ['--no-new-privs', '--pdeathsig', 'KILL', '--', prlimit, ...bounds, '--', program, ...args]
  return spawn(setpriv, words, {
    cwd: directory,
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    shell: false,
    ...(user === undefined ? {} : user)
  })
}

function toolPath(name: string): string {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(directory)) continue
    try {
      const path = join(directory, name)
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this one.
    }
  }
  throw new Error(`${name} of util-linux is not on the PATH, and without it nothing can be confined`)
}
