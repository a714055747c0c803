/** Makes command-line options of a server's or client's option table, and reads their values back. */
import { type Command, Option as Flag } from 'commander'
import { InvalidOptionError, type Option } from '../lib/index.ts'
import { ConfigurationError } from './exit-status.ts'

type Table = Record<string, Option<unknown>>

export function addFlags(command: Command, table: Table): void {
  for (const [name, option] of Object.entries(table)) {
    const flag = option.value === undefined ? `--${dashed(name)}` : `--${dashed(name)} <${option.value}>`
    command.addOption(new Flag(flag, option.summary))
  }
}

/**
 * @throws InvalidOptionError for a value that cannot be right
 * @throws ConfigurationError for a file that cannot be used
 */
export function readFlags(table: Table, given: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(table)) {
    const text = given[name]
    if (text === undefined) continue
    const flag = `--${dashed(name)}`
    try {
      values[name] = option.parse(typeof text === 'string' ? text : '', flag)
    } catch (error) {
      const message = error instanceof InvalidOptionError ? error.message : `${flag}: ${(error as Error).message}`
      if (option.value === 'FILE') throw new ConfigurationError(message, { cause: error })
      throw error instanceof InvalidOptionError ? error : new InvalidOptionError(flag, text, (error as Error).message)
    }
  }
  return values
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
