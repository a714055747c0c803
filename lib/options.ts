/**
 * The options of a server as data: what it is, its default, how its text is read. The command line, the environment and
 * the documentation are all made of the same table.
 */
import { readFileSync } from 'node:fs'
import { InvalidOptionError } from './errors.ts'

export interface Option<T> {
  readonly summary: string
  readonly default: T
  /** What stands for the value in the usage line; undefined for a switch that takes none. */
  readonly value?: string
  /** Reads the value. @throws InvalidOptionError, or any error whose message says what is wrong */
  parse(text: string, option: string): T
}

export type OptionTable<O> = { readonly [K in keyof O]-?: Option<O[K]> }

/** A switch that is off unless named. @example lines: flag('echo whole lines only') */
export function flag(summary: string): Option<boolean> {
  return { summary, default: false, parse: () => true }
}

/** A piece of text, checked by `check`, which throws where it is wrong. @example text('time zone', 'UTC', 'ZONE') */
export function word<T extends string | undefined>(
  summary: string,
  byDefault: T,
  value: string,
  check: (text: string) => void = () => {}
): Option<T | string> {
  return {
    summary,
    default: byDefault,
    value,
    parse(text) {
      check(text)
      return text
    }
  }
}

/**
 * A whole number.
 *
 * @example history: count('lines told to who joins', 20, { least: 0, most: 1000, value: 'LINES' })
 */
export function count(
  summary: string,
  byDefault: number,
  { least = 1, most = Number.MAX_SAFE_INTEGER, value = 'N' }: { least?: number; most?: number; value?: string } = {}
): Option<number> {
  return {
    summary: `${summary} (default: ${byDefault})`,
    default: byDefault,
    value,
    parse(text, option) {
      const number = Number(text)
      if (/^\d+$/.test(text) && number >= least && number <= most) return number
      throw new InvalidOptionError(option, text, `a whole number from ${least} to ${most}`)
    }
  }
}

/** The content of a file, read and parsed once at start. @example answers: file('table of answers', parse, builtIn) */
export function file<T>(summary: string, parse: (content: string) => T, byDefault: T): Option<T> {
  return {
    summary,
    default: byDefault,
    value: 'FILE',
    parse(path, option) {
      try {
        return parse(readFileSync(path, 'utf8'))
      } catch (error) {
        throw new InvalidOptionError(option, path, `a file that can be used: ${(error as Error).message}`)
      }
    }
  }
}

/** The values of a table with nothing set. */
export function defaultsOf<O>(table: OptionTable<O>): O {
  const entries = Object.entries<Option<unknown>>(table as Record<string, Option<unknown>>)
  return Object.fromEntries(entries.map(([name, option]) => [name, option.default])) as O
}

/** One of a few words. @example framing: choice('how a message ends', ['line', 'chunk']) */
export function choice<const T extends string>(
  summary: string,
  values: readonly [T, ...T[]],
  byDefault: T = values[0]
): Option<T> {
  return {
    summary,
    default: byDefault,
    value: values.join('|'),
    parse(text, option) {
      if (!values.includes(text as T)) throw new InvalidOptionError(option, text, values.join(' or '))
      return text as T
    }
  }
}

const units: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** A number of bytes, with a unit where that reads better. @example maxBytes: size('the largest message', 2 ** 20) // --max-bytes 64MiB */
export function size<T extends number | undefined>(summary: string, byDefault: T): Option<T | number> {
  return {
    summary,
    default: byDefault,
    value: 'SIZE',
    parse(text, option) {
      const [, digits, unit = ''] = /^(\d{1,15})(B|KiB|MiB|GiB)?$/.exec(text) ?? []
      const bytes = Number(digits) * (units[unit] as number)
      if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
      throw new InvalidOptionError(option, text, 'a number of bytes, such as 65536, 64KiB, 16MiB or 1GiB')
    }
  }
}

/** A time in seconds, also a part of one. @example every: seconds('how often', 10) // --every 0.5 */
export function seconds(summary: string, byDefault: number): Option<number> {
  return {
    summary,
    default: byDefault,
    value: 'SECONDS',
    parse(text, option) {
      const value = Number(text)
      if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= longestSeconds) return value
      throw new InvalidOptionError(option, text, `seconds, more than 0 and at most ${longestSeconds}`)
    }
  }
}

/** What a timer of Node can wait. */
const longestSeconds = 2_147_483
