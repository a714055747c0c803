/** A command-line flag for each limit of a service, whose help tells the default and the reason for it. */
import { type Command, Option as Flag } from 'commander'
import { largest, type ServeLimits, type ServiceLimit, serviceLimits } from '../lib/index.ts'
import { dashed, wholeNumberFlag } from './option-flags.ts'

const all: [name: string, limit: ServiceLimit][] = Object.entries(serviceLimits)
const values: Record<ServiceLimit['unit'], string> = {
  ms: 'MS',
  bytes: 'BYTES',
  'bytes/s': 'BYTES',
  connections: 'N',
  'connections/s': 'N',
  files: 'N',
  '%': 'PERCENT'
}

/** @param own where the limits of the server differ */
export function addLimitFlags(command: Command, own: Partial<ServeLimits> = {}): void {
  for (const [name, { unit, summary, reason, ...limit }] of all) {
    const differs = own[name as keyof ServeLimits]
    const told = differs === undefined ? `${limit.default}; ${reason}` : `${differs} for ${command.name()}`
    const flag = new Flag(`--${dashed(name)} <${values[unit]}>`, `${summary} (default: ${told})`)
    command.addOption(flag.default(undefined, String(differs ?? limit.default)).helpGroup('Limits:'))
  }
}

/** Only those that were given. @throws InvalidOptionError for a value that cannot be right */
export function readLimitFlags(given: Record<string, unknown>): Partial<ServeLimits> {
  const limits: Record<string, number> = {}
  for (const [name, { unit, least }] of all) {
    const text = given[name]
    if (typeof text !== 'string') continue
    limits[name] = wholeNumberFlag(`--${dashed(name)}`, text, least, largest[unit])
  }
  return limits
}
