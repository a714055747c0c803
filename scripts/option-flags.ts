/** Makes command-line options of a server's or client's option table, and reads their values back. */
import { type Command, Option as Flag } from 'commander'
import { InvalidOptionError, type Option } from '../lib/index.ts'
import { ConfigurationError } from './exit-status.ts'

type Table = Record<string, Option<unknown>>

export function addFlags(command: Command, table: Table): void {
  for (const [name, option] of Object.entries(table)) {
    const flag = option.value === undefined ? `--${dashed(name)}` : `--${dashed(name)} <${option.value}>`
    command.addOption(new Flag(flag, option.summary).default(undefined, shown(option.default)))
  }
}

/** A default as people read it; a table is not for one line. */
function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? '(built in)' : JSON.stringify(value)
}

/**
 * @throws InvalidOptionError for a value that cannot be right
 * @throws ConfigurationError for a file that cannot be used
 */
export function readFlags(table: Table, given: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(table)) {
    const text = given[name]
    if (text === undefined || text === false) continue
    const flag = `--${dashed(name)}`
    try {
      values[name] = option.parse(typeof text === 'string' ? text : '', flag)
    } catch (error) {
      const { message } = error as Error
      const named = message.startsWith(flag) ? message : `${flag}: ${message}`
      if (option.value === 'FILE') throw new ConfigurationError(named, { cause: error })
      if (!(error instanceof InvalidOptionError)) throw new InvalidOptionError(flag, text, message)
      throw named === message ? error : new FlagError(flag, error)
    }
  }
  return values
}

/** An option's own error, led by the flag that it is about; a name of its own (`timezone is ...`) gives way to the flag. */
class FlagError extends InvalidOptionError {
  constructor(flag: string, error: InvalidOptionError) {
    super(error.option, error.value, '')
    const { option, message } = error
    const same = flag === `--${dashed(option)}` && message.startsWith(`${option} `)
    this.message = same ? flag + message.slice(option.length) : `${flag}: ${message}`
  }
}

/** @throws InvalidOptionError unless the text is a whole number from `least` to `most` */
export function wholeNumberFlag(flag: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidOptionError(flag, text, `a whole number from ${least} to ${most}`)
  }
  return value
}

/** @example dashed('idleMs') // 'idle-ms' */
export function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
