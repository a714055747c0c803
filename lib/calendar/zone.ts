/**
 * Offset and abbreviation of a time zone at a Date.
 *
 * Promise: where the system has zone files, what Python and glibc say with `TZ` set to that zone; `Intl` elsewhere.
 */
import { InvalidOptionError } from '../errors.ts'
import { zoneFile } from './zone-file.ts'
import { zoneIntl } from './zone-intl.ts'
import { type ZoneAt, type ZoneMoment, zoneRule } from './zone-rule.ts'

/** No dots: a name leads to no file outside. */
const fileName = /^[\w+-]+(?:\/[\w+-]+)*$/
const utc: ZoneMoment = { offset: 0, abbreviation: 'UTC' }

const known = new Map<string, ZoneAt>()
/** There are 600 zones; names in other cases, which `Intl` takes too, must not fill the memory. */
const knownMost = 2000

/** @param zone A name such as `Europe/Berlin`; the zone of the process when undefined. */
export function zoneAt(when: Date, zone?: string): ZoneMoment {
  const found = zone === undefined ? local() : named(zone)
  if (found === undefined) {
    throw new InvalidOptionError('timezone', zone, 'the name of a time zone, such as Europe/Berlin')
  }
  return found(Math.floor(when.getTime() / 1000))
}

function named(zone: string): ZoneAt | undefined {
  const path = `/usr/share/zoneinfo/${zone}`
  return remembered(path, () => (fileName.test(zone) ? zoneFile(path) : undefined) ?? zoneIntl(zone))
}

/** As glibc: `TZ` holds a name or a rule and means UTC when it makes no sense; without it, the zone of the machine. */
function local(): ZoneAt {
  const variable = process.env.TZ?.replace(/^:/, '')
  const found =
    variable === undefined
      ? (remembered('/etc/localtime', () => zoneFile('/etc/localtime')) ??
        named(Intl.DateTimeFormat().resolvedOptions().timeZone))
      : (named(variable) ?? zoneRule(variable))
  return found ?? (() => utc)
}

function remembered(path: string, find: () => ZoneAt | undefined): ZoneAt | undefined {
  const before = known.get(path)
  if (before !== undefined) {
    return before
  }
  const found = find()
  if (found !== undefined) {
    if (known.size >= knownMost) {
      known.clear()
    }
    known.set(path, found)
  }
  return found
}
