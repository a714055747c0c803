/**
 * Python's `time.ctime()`: `Wed Aug 15 20:35:08 2012`, the day of the month padded with a space.
 */
import { strftime } from './strftime.ts'

/** @throws InvalidOptionError when the Date is invalid or the zone unknown. */
export function ctime(when: Date, zone?: string): string {
  return strftime('%a %b %e %H:%M:%S %Y', when, zone)
}
