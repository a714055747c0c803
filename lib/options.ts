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
    summary: `${summary} (${byDefault})`,
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
