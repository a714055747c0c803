/** The flags of the log. */
import { type Command, Option as Flag } from 'commander'
import { wholeNumberFlag } from '../option-flags.ts'
import { EventLog, type EventLogOptions, type LogFormat, type LogLevel, logFormats, logLevels } from './event-log.ts'
import { logLimits } from './log-limits.ts'

export interface LogFlags {
  quiet: boolean
  logLevel: LogLevel
  logFormat?: LogFormat
  logRate?: string
}

export function addLogFlags(command: Command): Command {
  const { linesPerSecond } = logLimits
  return command
    .option('--quiet', 'no log on standard error', false)
    .addOption(new Flag('--log-level <LEVEL>', 'log nothing below it').choices(logLevels).default('info'))
    .addOption(
      new Flag('--log-format <FORMAT>', 'how lines look')
        .choices(logFormats)
        .default(undefined, 'pretty on a terminal, else json')
    )
    .addOption(
      new Flag(
        '--log-rate <N>',
        `lines a second for one source and reason; the rest is counted (default: ${linesPerSecond})`
      ).default(undefined, `${linesPerSecond}`)
    )
}

/** @throws InvalidOptionError for a value that cannot be right */
export function logOf({ quiet, logLevel, logFormat, logRate }: LogFlags, more: EventLogOptions = {}): EventLog {
  return new EventLog({
    ...more,
    level: quiet ? 'silent' : logLevel,
    ...(logFormat === undefined ? {} : { format: logFormat }),
    ...(logRate === undefined ? {} : { linesPerSecond: wholeNumberFlag('--log-rate', logRate, 1, 1_000_000) })
  })
}
