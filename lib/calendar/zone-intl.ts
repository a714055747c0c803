/**
 * A zone as `Intl` knows it, for machines without zone files.
 *
 * Promise: the offset is exact; the abbreviation is the one that some country uses in English (CET, EST, IST), or
 * the number that the zone database writes where there is none (`+03`). Those of the past may differ from Python's.
 */
import type { ZoneAt } from './zone-rule.ts'

/** None knows the abbreviations of all: en-US has no CET, en-GB no EST. Of each we want but the Latin letters. */
const locales = ['en-US', 'en-CA', 'en-GB', 'en-AU', 'en-ZA', 'en-IE', 'en-IN', 'en-HK', 'en-ID', 'en-GU', 'ja-JP']

/** undefined when `Intl` does not know the zone. */
export function zoneIntl(timeZone: string): ZoneAt | undefined {
  try {
    const offsets = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    const names = locales.map((locale) => new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }))
    return (epoch) => {
      const offset = seconds(zoneName(offsets, epoch))
      const found = names.map((format) => zoneName(format, epoch)).find((name) => /^[A-Za-z]+$/.test(name))
      return { offset, abbreviation: found ?? numeric(offset) }
    }
  } catch {
    return undefined
  }
}

function zoneName(format: Intl.DateTimeFormat, epoch: number): string {
  return format.formatToParts(epoch * 1000).find((part) => part.type === 'timeZoneName')?.value ?? ''
}

/** `GMT-04:56:02`, and `GMT` for none. */
function seconds(name: string): number {
  const [hours = 0, minutes = 0, rest = 0] = name
    .replace(/^GMT[-+]?/, '')
    .split(':')
    .map(Number)
  return (name.startsWith('GMT-') ? -1 : 1) * (hours * 3600 + minutes * 60 + rest)
}

/** `+03`, `-0330`; an offset with seconds is the time of the sun in some town, from before there were zones. */
function numeric(offset: number): string {
  if (offset % 60 !== 0) {
    return 'LMT'
  }
  const minutes = Math.abs(offset) / 60
  const digits = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join('')
  return `${offset < 0 ? '-' : '+'}${digits.replace(/00$/, '')}`
}
