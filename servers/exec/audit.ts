/**
 * One line for each command line that came: who asked, when, for what, how it ended, how long it took. JSON, in which
 * nothing can end the line, move a cursor or turn the writing around, whatever the command line was.
 */
import { type Connection, formatPeer } from '../../lib/index.ts'
import type { Ended } from './progress.ts'

/** What a line shows of a command line. */
const shownLength = 1000

export interface Entry {
  readonly peer: Connection
  /** When it came, in ms since 1970. */
  readonly began: number
  readonly line: string
  readonly ended: Ended
  /** From when it came to its end, the wait for a place included. */
  readonly ms: number
  /** Bytes of its output. */
  readonly bytes: number
}

/** @example auditLine(entry) // {"time":"2012-08-15T18:35:08.000Z","from":"127.0.0.1:51234","command":"date",...} */
export function auditLine({ peer, began, line, ended, ms, bytes }: Entry): string {
  const subject = peer.tls?.certificate?.subject
  const entry = {
    time: new Date(began).toISOString(),
    from: formatPeer(peer.remote),
    ...(subject === undefined ? {} : { certificate: subject }),
    command: line.length > shownLength ? `${line.slice(0, shownLength)}...` : line,
    outcome: ended.outcome,
    exit_code: ended.exitCode,
    signal: ended.signal,
    ...(ended.why === undefined ? {} : { why: ended.why }),
    ms: Math.round(ms),
    bytes
  }
  return JSON.stringify(entry).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) =>
    Array.from({ length: sign.length }, (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
  )
}
