/**
 * Where command lines are judged, wait for their turn, run, and are written down. One desk for all connections.
 */
import { type Connection, limits, PeerError } from '../../lib/index.ts'
import type { AllowList } from './allow-list.ts'
import { auditLine } from './audit.ts'
import { Refusal, wordsOf } from './command-line.ts'
import type { Line } from './commands.ts'
import type { Invocation } from './confinement.ts'
import { type Place, Places } from './places.ts'
import { type Ended, type Progress, quiet } from './progress.ts'
import { argumentsFor } from './rules.ts'
import { runCommand } from './run-command.ts'

export interface DeskOptions {
  readonly allow: AllowList
  /** Whether output is passed on as it comes, and not kept. */
  readonly streaming: boolean
  /** Takes the line of the audit. */
  readonly report: (line: string) => void
}

/**
 * What a command line would start.
 *
 * @throws Refusal for one that the list does not allow
 */
export function invocationOf(allow: AllowList, line: string): Invocation {
  const [name, ...words] = wordsOf(line)
  if (name === undefined) throw new Refusal('it names no command')
  const command = allow.commands.get(name)
  if (command === undefined) {
    const none = allow.commands.size === 0 ? ', and no allow-list was given' : ''
    throw new Refusal(`${JSON.stringify(name.slice(0, 80))} is no command of the allow-list${none}`)
  }
  return { command, args: argumentsFor(command, words) }
}

export class Desk {
  readonly #options: DeskOptions
  readonly #places: Places

  constructor(options: DeskOptions) {
    this.#options = options
    this.#places = new Places(options.allow.atOnce, options.allow.waiting)
  }

  /** The answers to all of them, one behind the other. */
  async *answers(lines: AsyncIterable<Line>, peer: Connection): AsyncGenerator<Progress[]> {
    for await (const line of lines) yield* this.answer(line, peer)
  }

  /** What is heard of one command line, its end last. A line that could not be read stands here as its error. */
  async *answer(line: Line, peer: Connection): AsyncGenerator<Progress[]> {
    const [began, start] = [Date.now(), performance.now()]
    let bytes = 0
    let ended: Ended = nothing('abandoned')
    try {
      for await (const batch of this.#run(line, peer)) {
        for (const item of batch) {
          if (item === quiet) continue
          if ('from' in item) bytes += item.bytes.byteLength
          else ended = item
        }
        yield batch
      }
    } finally {
      const text = line instanceof PeerError ? '' : line
      this.#options.report(auditLine({ peer, began, line: text, ended, ms: performance.now() - start, bytes }))
    }
  }

  async *#run(line: Line, peer: Connection): AsyncGenerator<Progress[]> {
    const { allow, streaming } = this.#options
    let invocation: Invocation
    try {
      if (line instanceof PeerError) throw new Refusal(line.message)
      invocation = invocationOf(allow, line)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      yield [nothing('refused', `not allowed: ${error.message}`)]
      return
    }
    const place = this.#places.take()
    if (place === undefined) {
      yield [nothing('busy', `busy: ${allow.atOnce} commands run and ${allow.waiting} wait`)]
      return
    }
    try {
      yield* untilReady(place)
      const { outputBytes, streamBytes } = invocation.command.limits
      const mostBytes = streaming ? streamBytes : outputBytes
      if (peer.signal.aborted) yield [nothing('abandoned')]
      else yield* runCommand(invocation, { mostBytes, signal: peer.signal })
    } finally {
      place.leave()
    }
  }
}

/** Says `quiet` again and again, so that a peer that is gone does not stay in the queue. */
async function* untilReady({ ready }: Place): AsyncGenerator<Progress[]> {
  let there = false
  while (!there) {
    let timer: NodeJS.Timeout | undefined
    const later = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limits.commandLookMs)
    })
    there = await Promise.race([ready.then(() => true), later.then(() => false)])
    clearTimeout(timer)
    if (!there) yield [quiet]
  }
}

function nothing(outcome: Ended['outcome'], why?: string): Ended {
  return { outcome, exitCode: null, signal: null, why }
}
