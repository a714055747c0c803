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

export function addLimitFlags(command: Command): void {
  for (const [name, { unit, summary, reason, ...limit }] of all) {
    const help = `${summary} (default: ${limit.default}; ${reason})`
    const flag = new Flag(`--${dashed(name)} <${values[unit]}>`, help)
    command.addOption(flag.default(undefined, String(limit.default)).helpGroup('Limits:'))
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
