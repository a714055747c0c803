/** How the commands end: one clear line on standard error and a status that says what kind of failure it was. */
import { InvalidOptionError, ListenError } from '../lib/index.ts'

/** As in sysexits.h. */
export const status = { ok: 0, failed: 1, usage: 64, unavailable: 69, configuration: 78 } as const

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

export function statusOf(error: unknown): number {
  if (error instanceof ProcessError) return error.status
  if (error instanceof ConfigurationError) return status.configuration
  if (error instanceof InvalidOptionError) return status.usage
  if (error instanceof ListenError) return status.unavailable
  return status.failed
}

/** One line, whatever is in the message. */
export function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (sign) => JSON.stringify(sign).slice(1, -1))
}
