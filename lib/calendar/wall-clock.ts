/**
 * What the clock on the wall of a zone shows at a Date, for every Date there is.
 *
 * Strategy: the calendar repeats every 400 years, to the weekday. Everything but the year is read from the cycle that
 * begins in 1970, where no year has two digits (`Date.UTC` takes 99 for 1999) and no sum leaves the range of a Date.
 */
import { InvalidOptionError } from '../errors.ts'
import { zoneAt } from './zone.ts'
import { cycleSeconds, type ZoneMoment } from './zone-rule.ts'

const dayMs = 86_400_000

export type WallClock = {
  /** The moment: seconds since 1970 UTC, rounded down as Python does. */
  epoch: number
  zone: ZoneMoment
  year: number
  /** The same day and time in a year of 1970 to 2369; its UTC methods, and the local ones too, show the wall clock. */
  inCycle: Date
}

const readings = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds'] as const

/** @throws InvalidOptionError when the Date is invalid or the zone unknown. */
export function wallClock(when: Date, zone: string | undefined): WallClock {
  if (Number.isNaN(when.getTime())) {
    throw new InvalidOptionError('when', when, 'a valid date')
  }
  const epoch = Math.floor(when.getTime() / 1000)
  const moment = zoneAt(when, zone)
  const cycles = Math.floor((epoch + moment.offset) / cycleSeconds)
  const inCycle = new Date((epoch + moment.offset - cycles * cycleSeconds) * 1000)
  // The package reads local time. In the process's own zone an hour is missing each spring: no Date could show it.
  for (const reading of readings) {
    inCycle[`get${reading}`] = inCycle[`getUTC${reading}`]
  }
  return { epoch, zone: moment, year: inCycle.getUTCFullYear() + cycles * 400, inCycle }
}

/** Day of the year, from 0. */
export function dayOfYear(inCycle: Date): number {
  return Math.floor((inCycle.getTime() - Date.UTC(inCycle.getUTCFullYear(), 0)) / dayMs)
}

/** The week that ISO 8601 puts the day in, and its year: those of the week's Thursday. */
export function isoWeek({ inCycle, year }: WallClock): { year: number; week: number } {
  const daysToThursday = 3 - ((inCycle.getUTCDay() + 6) % 7)
  const thursday = new Date(inCycle.getTime() + daysToThursday * dayMs)
  return {
    year: year + thursday.getUTCFullYear() - inCycle.getUTCFullYear(),
    week: Math.floor(dayOfYear(thursday) / 7) + 1
  }
}
