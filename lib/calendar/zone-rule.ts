/**
 * The rule of a zone in the notation of POSIX, `CET-1CEST,M3.5.0,M10.5.0/3`: the last line of a zone file, and what an
 * environment variable `TZ` may hold instead of a name.
 *
 * Promise: offset and abbreviation as glibc finds them, for every year. What glibc guesses from half a rule is
 * undefined here.
 */

/** What a zone has at a moment: seconds east of Greenwich, and what `%Z` prints. */
export type ZoneMoment = { offset: number; abbreviation: string }
/** A zone: what it has at a number of seconds since 1970 UTC. */
export type ZoneAt = (epoch: number) => ZoneMoment

/** The calendar repeats every 400 years, to the weekday. */
export const cycleSeconds: number = 146_097 * 86_400

const name = '<[^>]+>|[A-Za-z]{3,}'
const time = String.raw`[-+]?\d{1,3}(?::\d\d){0,2}`
const day = String.raw`(?:M\d\d?\.\d\.\d|J?\d{1,3})(?:/${time})?`
const notation = new RegExp(`^(${name})(${time})(?:(${name})(${time})?(?:,(${day}),(${day}))?)?$`)

/** Reads a rule; undefined when it is none. */
export function zoneRule(text: string): ZoneAt | undefined {
  const parts = notation.exec(text)
  if (parts === null) {
    return undefined
  }
  const [, standardName = '', west = '', summerName, summerWest, begin = 'M3.2.0', end = 'M11.1.0'] = parts
  const standard = { offset: 0 - seconds(west), abbreviation: standardName.replace(/[<>]/g, '') }
  if (summerName === undefined) {
    return () => standard
  }
  const summer = {
    offset: summerWest === undefined ? standard.offset + 3600 : 0 - seconds(summerWest),
    abbreviation: summerName.replace(/[<>]/g, '')
  }
  return (epoch) => {
    // glibc has no rules for years before 1970, but those of that year.
    const inCycle = epoch < 0 ? epoch : epoch % cycleSeconds
    const year = epoch < 0 ? 1970 : new Date(inCycle * 1000).getUTCFullYear()
    const from = change(begin, year) - standard.offset
    const to = change(end, year) - summer.offset
    // South of the equator the summer that ends in a year began in the one before.
    const isSummer = from <= to ? from <= inCycle && inCycle < to : from <= inCycle || inCycle < to
    return isSummer ? summer : standard
  }
}

/** `[-]hours[:minutes[:seconds]]` */
function seconds(text: string): number {
  const [hours = 0, minutes = 0, rest = 0] = text.replace(/^[-+]/, '').split(':').map(Number)
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + rest)
}

/** When the clock is changed in a year, in seconds, on the clock that is changed. */
function change(rule: string, year: number): number {
  const [date = '', clock = '2'] = rule.split('/')
  const [first = 0, week = 0, weekday = 0] = date.replace(/^[MJ]/, '').split('.').map(Number)
  return dayOf() / 1000 + seconds(clock)

  function dayOf(): number {
    if (date.startsWith('M')) {
      const firstWeekday = new Date(Date.UTC(year, first - 1)).getUTCDay()
      const last = new Date(Date.UTC(year, first, 0)).getUTCDate()
      const wanted = 1 + ((weekday - firstWeekday + 7) % 7) + (week - 1) * 7
      // The fifth Sunday is the last one, also where a month has but four.
      return Date.UTC(year, first - 1, wanted > last ? wanted - 7 : wanted)
    }
    if (date.startsWith('J')) {
      // Day 60 is the first of March in every year: found in a year without a 29th of February.
      const common = new Date(Date.UTC(2001, 0, first))
      return Date.UTC(year, common.getUTCMonth(), common.getUTCDate())
    }
    return Date.UTC(year, 0, 1 + first)
  }
}
