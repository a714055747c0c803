/** The two kinds of sides: a server with a load client in a process of its own, and a process that works in memory. */
import { tmpdir } from 'node:os'
import { type Child, type Command, type StartOptions, start } from './child.ts'
import type { Figure, Side, Turns } from './rounds.ts'

export interface Settings {
  /** Measured in each round and on each side, in `slices` turns. */
  readonly seconds: number
  /** The subject whose CPU profiles are written, as in `zen-ours`. */
  readonly profile: string | undefined
}

export const slices = 8
const warmSeconds = 0.5

/** Starts a process that is measured. */
export function subject(command: Command, settings: Settings, options: StartOptions = {}): Child {
  if (command[0] !== `subjects/${settings.profile}.ts`) return start(command, options)
  return start(command, { ...options, flags: [...(options.flags ?? []), '--cpu-prof', `--cpu-prof-dir=${tmpdir()}`] })
}

/** Starts a server that is measured, and learns its port. */
export async function server(command: Command, settings: Settings, options: StartOptions = {}) {
  const child = subject(command, settings, options)
  const port = Number((await child.ask()).split(' ')[1])
  return { child, port }
}

export function served(name: string, command: Command, client: Command, settings: Settings): Side {
  return {
    name,
    async begin() {
      const { child, port } = await server(command, settings)
      const [script, ...args] = client
      const load = start([script, port, child.pid, ...args])
      return led(load, settings, [load, child])
    }
  }
}

export function alone(name: string, command: Command, settings: Settings, options: StartOptions = {}): Side {
  return {
    name,
    async begin() {
      const child = subject(command, settings, options)
      return led(child, settings, [child])
    }
  }
}

/** Turns of a process that obeys (see commands.ts). */
async function led(leader: Child, { seconds }: Settings, children: readonly Child[]): Promise<Turns> {
  await leader.ask()
  const work = async (command: string): Promise<Figure> => JSON.parse(await leader.ask(command))
  return {
    warm: () => work(`warm ${warmSeconds}`),
    slice: () => work(`go ${seconds / slices}`),
    async end() {
      // The client goes first; it would take the end of its server for a fault.
      for (const child of children) await child.stop()
    }
  }
}
