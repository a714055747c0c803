/** Asking for commands and looking at what becomes of them: python/commands.py, as rows see it. */
import type { Attack } from './attack.ts'

export interface CommandTask {
  /** Sent at once; a character is a byte. */
  readonly lines: readonly string[]
  /** The answer is streamed, and its bytes are counted. */
  readonly stream?: true
  /** The line is cut once a process with the marker runs. */
  readonly reset?: true
  /** Behind it: how long until no process has this in its command line. */
  readonly marker?: string
}

export interface CommandHeader {
  readonly exit_code: number | null
  readonly signal: string | null
  readonly outcome: string
  readonly error?: string
  readonly stdout_size?: number
}

export interface CommandResult {
  /** The body, a character a byte; of a stream, the number of bytes of stdout. */
  readonly answers: readonly [header: CommandHeader, body: string][]
  readonly ms: number
  /** From the first byte sent to each answer. */
  readonly each?: readonly number[]
  /** Processes that were left after 5 s. */
  readonly left: number
  readonly goneMs?: number
  readonly ran?: boolean
  readonly error?: string
}

export interface CommandPlan {
  readonly to: string
  readonly tasks: readonly CommandTask[]
  readonly atATime?: number
  readonly watch?: string
}

export async function commandResults(
  attack: Attack,
  plan: CommandPlan,
  ms = 800_000
): Promise<{ results: CommandResult[]; most: number }> {
  const done = await attack.python('commands.py', plan).event<{ results: CommandResult[]; most: number }>('done', ms)
  const wrong = done.results.find(({ error }) => error !== undefined)
  attack.holds('every client got its answers', wrong === undefined, wrong?.error)
  return done
}

/**
 * Node waits in its loop until a process that it starts has become the program, so every start holds up everybody for as
 * long as the system takes for that: a few milliseconds, and more where all cores are busy with what was started.
 */
export const starting = { mostP99Ms: 250, mostLoopMs: 150 } as const

const why = 'not allowed: "nothing" is no command of the allow-list'
const end = { exit_code: null, signal: null, outcome: 'refused', error: why }
const body = `Error: ${why}\n`

/** The well-behaved client: it asks for what nobody may run, and is told so. */
export const refused = {
  say: 'nothing\n',
  hear: counted({ data_size: body.length, stdout_size: 0, stderr_size: 0, ...end }) + body
}
/** The same where answers are streamed. */
export const refusedStreaming = { say: 'nothing\n', hear: `\0${counted(end)}` }

function counted(header: object): string {
  const text = JSON.stringify(header)
  return String.fromCharCode(text.length & 0xff, text.length >> 8, 0, 0) + text
}
