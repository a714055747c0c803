/** The log of the command line: what a service reports as events, on standard error. JSON lines, readable on a TTY. */
import { pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import { closeReasons, type ServeEvent } from '../lib/index.ts'

export function eventLog({ quiet }: { quiet: boolean }): (event: ServeEvent) => void {
  if (quiet) return () => {}
  const readable = process.stderr.isTTY
  const colorize = readable && process.env.NO_COLOR === undefined
  const stream = readable
    ? PinoPretty({ destination: 2, sync: true, colorize, ignore: 'pid,hostname' })
    : pino.destination({ dest: 2, sync: true })
  const log = pino({ level: 'info', base: {}, timestamp: pino.stdTimeFunctions.isoTime }, stream)
  return ({ type, ...fields }) => {
    // That line stands on standard error already, and first.
    if (type === 'listening' && (fields as { endpoint?: string }).endpoint === 'stdio:') return
    const entry = { event: type, ...fields, ...('error' in fields ? { error: told(fields.error) } : {}) }
    if (
      type === 'fault' ||
      (type === 'auth' && (fields as { outcome: string }).outcome !== 'accepted') ||
      type === 'refuse' ||
      type === 'drop' ||
      type === 'refuse-datagrams' ||
      type === 'listen-error'
    )
      log.warn(entry, type)
    else if (type === 'close') log.info(entry, closeReasons[(fields as { reason: keyof typeof closeReasons }).reason])
    else log.info(entry, type)
  }
}

/** What is known of an error without its stack; the bytes of a cut frame are shown as text. */
function told(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, code, partial } = error as Error & { code?: string; partial?: Uint8Array }
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(partial === undefined ? {} : { partial: Buffer.from(partial.subarray(0, 256)).toString('latin1') }),
    ...(code === undefined ? { stack: error.stack } : {})
  }
}
