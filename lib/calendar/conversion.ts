/**
 * What one conversion of `strftime` prints, by the rules of glibc 2.36 in the C locale.
 *
 * Strategy: flags, case and width are ours. What is printed is asked of the npm package `strftime`, except the years
 * and week years, the day of the year, the seconds and the zone, which it prints otherwise or not at all.
 */
import strftimePackage from 'strftime'
import { dayOfYear, isoWeek, type WallClock } from './wall-clock.ts'

export type Conversion = {
  /** All of it, as it stands in the format. */
  source: string
  flags: string
  width: number
  modifier: string
  letter: string
}
/** How the width is filled: the last of these flags counts. */
type Fill = '-' | '_' | '0' | undefined

/** Conversions that print a number, each with the digits it has at least. */
const numbers: Record<string, number> = {
  ...{ C: 1, d: 2, e: 2, G: 1, g: 2, H: 2, I: 2, j: 3, k: 2, l: 2, M: 2, m: 2 },
  ...{ S: 2, U: 2, u: 1, V: 2, W: 2, w: 1, Y: 1, y: 2 }
}
/** Of these, the ones that the package prints otherwise (%j at midnight) or not at all. */
const ownNumbers: Record<string, (clock: WallClock) => number> = {
  C: ({ year }) => Math.floor(year / 100),
  G: (clock) => isoWeek(clock).year,
  g: (clock) => ((isoWeek(clock).year % 100) + 100) % 100,
  j: ({ inCycle }) => dayOfYear(inCycle) + 1,
  V: (clock) => isoWeek(clock).week,
  Y: ({ year }) => year
}
/** Conversions made of others, as the C locale has them. The package has %c and %X of en_US. */
const composed: Record<string, string> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  x: '%m/%d/%y'
}
/** Conversions that print words, and the package the right ones. */
const words = /^[AaBbhnPpt%]$/
/** Conversions that glibc does not know with this modifier; with others it means nothing in the C locale. */
const unknownWith: Record<string, string> = { E: 'AaBbDdeFGgHhIjklMmSUVWw', O: 'AacDFXxY' }

/** Prints a conversion; one that glibc does not know is copied. */
export function convert({ source, flags, width, modifier, letter }: Conversion, clock: WallClock): string {
  const fill = /[-_0](?=[\^#]*$)/.exec(flags)?.[0] as Fill
  const printed = unknownWith[modifier]?.includes(letter) ? undefined : print(letter, clock, fill, width)
  const text = printed ?? source
  const isOther = flags.includes('#')
  if (letter === 'P' || (isOther && /[pZ]/.test(letter))) {
    return pad(text.toLowerCase(), fill, width)
  }
  // %#Eb, which glibc does not know, is copied as %#EB, and %#Ea as it is.
  const isUpper = flags.includes('^') || (isOther && (printed === undefined ? /[Bbh]/ : /[AaBbh]/).test(letter))
  return pad(isUpper ? upper(text) : text, fill, width)
}

/** What a conversion prints, before its case and width; undefined when there is no such conversion. */
function print(letter: string, clock: WallClock, fill: Fill, width: number): string | undefined {
  const digits = numbers[letter]
  if (digits !== undefined) {
    const value = ownNumbers[letter]?.(clock) ?? Number(strftimePackage(`%${letter}`, clock.inCycle))
    return number(value, fill ?? (/[ekl]/.test(letter) ? '_' : '0'), Math.max(digits, width))
  }
  if (words.test(letter)) {
    return strftimePackage(`%${letter}`, clock.inCycle)
  }
  switch (letter) {
    case 's':
      // glibc works it out from the wall clock and may be an hour off when a time comes twice; this is the true one.
      return String(clock.epoch)
    case 'Z':
      return clock.zone.abbreviation
    case 'z':
      return offset(clock.zone.offset, fill, width)
    default:
      return composed[letter]?.replace(/%(.)/g, (_, part: string) => print(part, clock, undefined, 0) ?? '')
  }
}

/** `+0530`. glibc gives the width to the sign, and once more to the number. */
function offset(seconds: number, fill: Fill, width: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60)
  const value = Math.floor(minutes / 60) * 100 + (minutes % 60)
  return pad(seconds < 0 ? '-' : '+', fill, width) + pad(number(value, fill ?? '0', Math.max(4, width)), fill, width)
}

function number(value: number, fill: Fill, digits: number): string {
  if (fill !== '0') {
    return String(value).padStart(fill === '_' ? digits : 0)
  }
  const sign = value < 0 ? '-' : ''
  return sign + String(Math.abs(value)).padStart(digits - sign.length, '0')
}

function pad(text: string, fill: Fill, width: number): string {
  return (fill === '0' ? '0' : ' ').repeat(Math.max(0, width - [...text].length)) + text
}

/** Letter by letter, as C does: one that would become two stays as it is. */
function upper(text: string): string {
  return text.replace(/./gsu, (letter) => (letter.toUpperCase().length > letter.length ? letter : letter.toUpperCase()))
}
