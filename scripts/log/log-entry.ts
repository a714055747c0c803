/**
 * What the log says of an event: the event's own fields, none of them longer than a line has room for.
 *
 * No payload is among them, with one exception: of a frame that its peer did not end, the first bytes are shown, for that
 * is how a broken client is found. The stack of a handler's error stands in its `fault` and nowhere else.
 */
import type { Address, ServeEvent } from '../../lib/index.ts'
import { clip } from './printable.ts'

/** Bytes that each may take in a line; together they leave 800 of 4,096 for names and numbers. */
const room = { name: 64, code: 64, message: 700, partial: 600, stack: 1000, cause: 200, address: 300 } as const

/** Bytes of a cut frame that are looked at. */
const partialBytes = 256

export type LogEntry = { event: string } & Record<string, unknown>

export function logEntry({ type, ...fields }: ServeEvent): LogEntry {
  const entry: LogEntry = { event: type }
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'error') entry.error = told(value, type === 'fault')
    else if (name === 'remote') entry.remote = addressOf(value as Address)
    else if (name === 'ms') entry.ms = Math.round(value as number)
    else entry[name] = typeof value === 'string' ? clip(value, room.address) : value
  }
  return entry
}

/** A connection by where it comes from: what a rate is counted for. */
export function sourceOf(event: ServeEvent): string {
  const { remote, endpoint = '' } = event as { remote?: Address; endpoint?: string }
  return remote?.host ?? remote?.path ?? endpoint
}

/** What kind of thing happened, in a word. */
export function reasonOf(event: ServeEvent): string {
  const { reason, error } = event as { reason?: string; error?: unknown }
  if (reason !== undefined) return reason
  return error instanceof Error ? clip(codeOf(error) ?? textOf(error.name), room.name) : ''
}

function told(error: unknown, withStack: boolean): object {
  if (!(error instanceof Error)) return { message: clip(textOf(error), room.message) }
  const code = codeOf(error)
  const { name, message, cause, stack } = error
  const { partial } = error as { partial?: unknown }
  return {
    name: clip(textOf(name), room.name),
    message: clip(textOf(message), room.message),
    ...(code === undefined ? {} : { code: clip(code, room.code) }),
    ...(partial instanceof Uint8Array ? { partial: excerpt(partial) } : {}),
    ...(cause instanceof Error ? { cause: clip(textOf(cause.message), room.cause) } : {}),
    // Errors with a code speak for themselves.
    ...(withStack && code === undefined && stack !== undefined ? { stack: frames(textOf(stack)) } : {})
  }
}

function excerpt(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, partialBytes)).toString('latin1')
  return clip(text, room.partial)
}

/** Where it was thrown, without the message that stands in front and may be as long as it likes. */
function frames(stack: string): string {
  const at = stack.search(/\n {4}at /)
  return at < 0 ? '' : clip(stack.slice(at + 1, at + 4 * room.stack), room.stack)
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

function addressOf({ host, port, path }: Address): Address {
  return {
    ...(host === undefined ? {} : { host: clip(host, room.address) }),
    ...(port === undefined ? {} : { port }),
    ...(path === undefined ? {} : { path: clip(path, room.address) })
  }
}

function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return `a ${typeof value} that has no text`
  }
}
