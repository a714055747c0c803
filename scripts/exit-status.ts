/** How the commands end: one clear line on standard error and a status that says what kind of failure it was. */
import { InvalidOptionError, ListenError } from '../lib/index.ts'

/** As in sysexits.h. */
export const status = { ok: 0, failed: 1, usage: 64, noHost: 68, unavailable: 69, configuration: 78 } as const

/** A file or table that was named on the command line and cannot be used. */
export class ConfigurationError extends Error {}

/** Another process of ours failed, and said with what status. */
export class ProcessError extends Error {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}
/** A name that does not resolve. */
export class NoHostError extends Error {}

/** Nobody listens there. */
export class UnavailableError extends Error {}

export function statusOf(error: unknown): number {
  if (error instanceof ProcessError) return error.status
  if (error instanceof ConfigurationError) return status.configuration
  if (error instanceof InvalidOptionError) return status.usage
  if (error instanceof NoHostError) return status.noHost
  if (error instanceof ListenError || error instanceof UnavailableError) return status.unavailable
  return status.failed
}

/** One line, whatever is in the message. */
export function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const told = text.replace(/^(--[\w-]+) is undefined: /, '$1 is missing: ')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal
  return told.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (sign) => JSON.stringify(sign).slice(1, -1))
}
