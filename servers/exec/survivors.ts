/**
 * Finds the processes that came of a command and left its process group: a daemon that forked twice and began a session
 * of its own has another parent, another group and perhaps another environment. What it cannot shake off by any of that
 * are its resource limits. So each command gets a limit of a value of its own, on something that no usual program uses
 * (CPU time under real-time scheduling, hundreds of years of it), and whoever has this value came of that command.
 *
 * What is not found: a process that lowers this very limit of itself, and what a command asks others to start for it (cron,
 * systemd, a container engine).
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'

/** A value of the limit, in microseconds, that nobody else has. */
export function newMark(): string {
  return String((1n << 61n) + BigInt(`0x${randomBytes(7).toString('hex')}`))
}

/** How many processes are looked at before something else gets its turn. */
const slice = 32

let running: Promise<ReadonlyMap<string, readonly number[]>> = Promise.resolve(new Map())
let next: typeof running | undefined

/** The processes with this mark at a moment after this call. Who asks while others look shares the look behind it. */
export async function survivors(mark: string): Promise<readonly number[]> {
  next ??= running.then(() => {
    next = undefined
    running = look()
    return running
  })
  return (await next).get(mark) ?? []
}

async function look(): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = new Map<string, number[]>()
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  for (const [index, pid] of all.entries()) {
    if (index % slice === slice - 1) await turn()
    const mark = markOf(pid)
    if (mark === undefined) continue
    const pids = found.get(mark)
    if (pids === undefined) found.set(mark, [Number(pid)])
    else pids.push(Number(pid))
  }
  return found
}

/** The mark of a process that lives; a zombie keeps its limits, and nothing else. */
function markOf(pid: string): string | undefined {
  try {
    const [, mark] = /^Max realtime timeout +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1')) ?? []
    return mark === undefined || isZombie(readFileSync(`/proc/${pid}/stat`, 'latin1')) ? undefined : mark
  } catch {
    // It is gone, or nobody may look at it.
    return undefined
  }
}

/** Dead with all its threads: behind the name, which may hold anything, stand the state and, 17 further, their number. */
function isZombie(stat: string): boolean {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' && Number(fields[17]) <= 1
}
