/**
 * Python's `time.strftime`: what version 3.11 prints with glibc in the C locale, to the letter.
 *
 * Strategy: the format is cut into conversions as glibc cuts it; each is printed by itself (see conversion.ts).
 * Promise: time in proportion to the format; format and result are bounded, and a huge width is refused unbuilt.
 */
import { InvalidOptionError } from '../errors.ts'
import { convert } from './conversion.ts'
import { type WallClock, wallClock } from './wall-clock.ts'

/** Longer than any format that somebody writes. */
const formatCharacters = 1024
/** Four times that: more needs widths, or nothing but the longest conversions. */
const resultBytes = 4096

/** Flags, width, modifier, letter. Every `%` begins one, also where the format ends in it. */
const conversion = /%([-_0^#]*)([1-9]\d*)?([EO]?)(.?)/gsu

/**
 * @param zone A name such as `Europe/Berlin`; the zone of the process when undefined.
 * @throws InvalidOptionError when the format or its result is too long, the Date is invalid or the zone unknown.
 */
export function strftime(format: string, when: Date, zone?: string): string {
  if (format.length > formatCharacters || format.includes('\0')) {
    throw new InvalidOptionError('format', format, `at most ${formatCharacters} characters, none of them NUL`)
  }
  const result = expand(format, wallClock(when, zone))
  if (Buffer.byteLength(result) > resultBytes) {
    throw tooLong(format)
  }
  return [...result].length < pythonRoom(format) ? result : ''
}

function expand(format: string, clock: WallClock): string {
  let room = resultBytes
  return format.replace(
    conversion,
    (source, flags: string, digits: string | undefined, modifier: string, letter: string) => {
      const width = Number(digits ?? 0)
      // Refused before it is built: what is printed has at least that width.
      const text = width > room ? undefined : convert({ source, flags, width, modifier, letter }, clock)
      room -= text?.length ?? 0
      if (text === undefined || room < 0) {
        throw tooLong(format)
      }
      return text
    }
  )
}

/** Python doubles its room until it is 256 times the format, then takes what did not fit for an empty result. */
function pythonRoom(format: string): number {
  return 2 ** Math.max(10, Math.ceil(Math.log2([...format].length * 256)))
}

function tooLong(format: string): InvalidOptionError {
  return new InvalidOptionError('format', format, `a format whose result has at most ${resultBytes} bytes`)
}
