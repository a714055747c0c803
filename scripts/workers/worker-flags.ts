/** The flag of workers. */
import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import { InvalidOptionError, type Server } from '../../lib/index.ts'
import { wholeNumberFlag } from '../option-flags.ts'
import { workerLimits } from './worker-limits.ts'

export interface WorkerFlags {
  workers: string
}

export function addWorkerFlags(command: Command): Command {
  const summary = 'processes that share the connections: a number, or auto for one for each core'
  return command.addOption(new Option('--workers <COUNT>', summary).default('1'))
}

/** @throws InvalidOptionError where this server cannot be run in so many processes */
export function workersOf(
  { workers }: WorkerFlags,
  { name, sharedState = false }: Pick<Server, 'name' | 'sharedState'>,
  listen: readonly string[]
): number {
  const count = workers === 'auto' ? availableParallelism() : countOf(workers)
  if (count === 1) return 1
  const wrong = (expected: string): InvalidOptionError => new InvalidOptionError('--workers', workers, expected)
  if (sharedState) throw wrong(`1: the connections of ${name} share what they know, in one process`)
  if (listen.includes('stdio:')) throw wrong('1 for stdio:, which is one connection')
  if (listen.every((endpoint) => endpoint.startsWith('udp:'))) {
    throw wrong('1 where there are only udp: endpoints: one process hears a UDP socket')
  }
  return count
}

function countOf(text: string): number {
  try {
    return wholeNumberFlag('--workers', text, 1, workerLimits.workers)
  } catch {
    throw new InvalidOptionError('--workers', text, `a whole number from 1 to ${workerLimits.workers}, or auto`)
  }
}
