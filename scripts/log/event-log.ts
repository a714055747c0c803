/**
 * The log of the command line: what a service reports as events, a line each, on standard error. JSON, or readable on a
 * terminal. Whatever a client sends: no line is longer than 4 KiB, none moves the cursor, and a flood of one kind from one
 * source is one line a second with a count of the rest.
 */
import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { type Clock, closeReasons, type ServeEvent, systemClock } from '../../lib/index.ts'
import { type LogEntry, logEntry, reasonOf, sourceOf } from './log-entry.ts'
import { logLimits } from './log-limits.ts'
import { LogOutput } from './log-output.ts'
import { LogRate, type Suppressed } from './log-rate.ts'
import { escapeUnsafe, showEscapes } from './printable.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export const logFormats = ['json', 'pretty'] as const
export type LogLevel = (typeof logLevels)[number]
export type LogFormat = (typeof logFormats)[number]

export interface EventLogOptions {
  /** Nothing below it is logged (`info`). */
  readonly level?: LogLevel
  /** `pretty` on a terminal, else `json`. */
  readonly format?: LogFormat
  readonly linesPerSecond?: number
  /** In every line: which of several processes it is. */
  readonly worker?: number | undefined
  readonly output?: LogOutput
  readonly clock?: Clock
}

/** Events that a peer can bring about as often as it likes. */
const limited = new Set<ServeEvent['type']>(['accept', 'close', 'refuse', 'fault', 'drop', 'listen-error'])

export class EventLog {
  /** Lines that were left out because there were too many of their kind. */
  suppressed = 0
  readonly output: LogOutput
  readonly #log: pino.Logger
  readonly #rate: LogRate

  constructor(options: EventLogOptions = {}) {
    const { level = 'info', worker, output = new LogOutput(), clock = systemClock } = options
    const { linesPerSecond = logLimits.linesPerSecond } = options
    this.output = output
    const base = worker === undefined ? {} : { worker }
    const print = printer(options.format ?? (process.stderr.isTTY === true ? 'pretty' : 'json'))
    const write = (line: string): void => output.write(print(line))
    this.#log = pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime }, { write })
    const { sources } = logLimits
    this.#rate = new LogRate({ linesPerSecond, sources, clock, onSuppressed: (one) => this.#tellSuppressed(one) })
  }

  /** For the option `onEvent` of a service. */
  readonly onEvent = (event: ServeEvent): void => {
    const level = levelOf(event)
    if (!this.#log.isLevelEnabled(level)) return
    const { type } = event
    // That line stands on standard error already, and first.
    if (type === 'listening' && event.endpoint === 'stdio:') return
    if (type === 'stop') this.#rate.flush()
    if (limited.has(type) && !this.#rate.takes(type, reasonOf(event), sourceOf(event))) {
      this.suppressed++
      return
    }
    this.say(level, logEntry(event), type === 'close' ? closeReasons[event.reason] : type)
  }

  /** A line about what is no event of a service. */
  say(level: Exclude<LogLevel, 'silent'>, entry: LogEntry, words: string = entry.event): void {
    const dropped = this.output.hasRoom ? this.output.newlyDropped() : 0
    if (dropped > 0) this.#log.warn({ event: 'dropped', lines: dropped }, 'lines that nobody read')
    this.#log[level](entry, words)
  }

  /** Waits a second at most for a reader that is stuck; answers whether all was taken. */
  end(): Promise<boolean> {
    this.#rate.flush()
    return this.output.flushed()
  }

  #tellSuppressed({ of, reason, source, lines }: Suppressed): void {
    const entry = { event: 'suppressed', of, reason, ...(source === undefined ? {} : { source }), lines }
    this.say('warn', entry, 'more of the same')
  }
}

function levelOf(event: ServeEvent): Exclude<LogLevel, 'silent'> {
  switch (event.type) {
    case 'fault':
      return (event.error as { code?: unknown } | undefined)?.code === undefined ? 'error' : 'warn'
    case 'listen-error':
      return 'error'
    case 'reload':
      return event.error === undefined ? 'info' : 'error'
    case 'refuse':
    case 'drop':
    case 'refuse-datagrams':
      return 'warn'
    default:
      return 'info'
  }
}

/** What becomes of a line of pino. */
function printer(format: LogFormat): (line: string) => string {
  const shortened = (line: string): string => {
    const safe = `${escapeUnsafe(line.trimEnd())}\n`
    return Buffer.byteLength(safe) <= logLimits.lineBytes ? safe : onlyTheNames(line)
  }
  if (format === 'json') return shortened
  const colorize = process.stderr.isTTY === true && process.env.NO_COLOR === undefined
  const pretty = prettyFactory({ colorize, singleLine: true, errorLikeObjectKeys: [] })
  return (line) => pretty(showEscapes(shortened(line).trimEnd()))
}

/** Fields are cut before they get here; should one have been forgotten, the line still is one. */
function onlyTheNames(line: string): string {
  const { level, time, worker, event, server, id, msg } = JSON.parse(line) as Record<string, unknown>
  return `${escapeUnsafe(JSON.stringify({ level, time, worker, event, server, id, msg, cutBytes: line.length }))}\n`
}
