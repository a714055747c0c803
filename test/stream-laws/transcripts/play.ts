/**
 * Plays a transcript over one wire, with our side pulled or driven, and tells what was to be seen.
 */
import type { Connection, Source } from '../../../lib/types.ts'
import type { Core } from '../core.ts'
import { type Part, realPipeline } from '../pipelines/real.ts'
import type { Witness } from '../pipelines/witness.ts'
import { outcomeOf, quiet, type Trial, turns, until, type Watched, watch } from '../trial.ts'
import type { Wire } from '../wires/wires.ts'
import { piecesOf, type Transcript, textOf } from './transcript.ts'

/** What hides that a source can be driven: as an iterable, or behind a generator. */
const hidden = <T>(source: Source<T>): Source<T> => ({ [Symbol.asyncIterator]: () => source[Symbol.asyncIterator]() })

async function* generated<T>(source: Source<T>): AsyncGenerator<T[]> {
  for await (const batch of source) yield batch
}

const asItIs = <T>(source: Source<T>): Source<T> => source

/** How our side is run: what stands between the connection and the stages, in front and behind. */
export const forms = {
  driven: [asItIs, asItIs],
  pulled: [hidden, asItIs],
  generator: [generated, asItIs],
  'sink pulled': [asItIs, hidden]
} satisfies Record<string, [(source: Source<never>) => Source<never>, (source: Source<never>) => Source<never>]>

export type Form = keyof typeof forms

/** A connection through parts and back into itself. */
export function serveWith(core: Core, form: Form, ours: Connection, parts: readonly Part[]): Promise<void> {
  const [front, behind] = forms[form]
  return (core.pipe as (...all: unknown[]) => Promise<void>)(front(ours.source as never), ...parts, behind, ours.sink)
}

export interface Seen {
  /** How our pipeline ended. */
  outcome: string
  received: Buffer
  saw: 'fin' | 'reset' | undefined
  unsure: boolean
  witnesses: Witness[]
  /** Whether our side came to its `trip`. */
  tripped: boolean
  /** Whether our side had stopped reading when a peer that had not read began to. */
  stalled: boolean
}

export const tripReason = new Error('tripped')

/** The most that our side reads when it has closed: with no more than this to come, it closes by itself. */
const discardable = 16 * 1024

/** @param due bytes of answer that are due behind each piece */
export async function play(
  trial: Trial,
  { ours, peer }: Wire,
  form: Form,
  script: Transcript,
  due: readonly number[]
): Promise<Seen> {
  const text = textOf(script)
  let tripped = false
  const { parts, witnesses } = realPipeline(trial.core, script.specs, () => {
    tripped = true
    if (script.trip === 'abort') ours.abort(tripReason)
    else ours.close()
  })
  const run = serveWith(trial.core, form, ours, parts)
  let closing: Watched<void> | undefined
  const close = (): void => {
    closing = watch(ours.close())
  }
  run.then(close, close)
  const piped = watch(run)

  const { reading } = script
  const reads = reading.kind === 'at once' || reading.kind === 'slowly'
  peer.read(reading)
  for (const [index, piece] of piecesOf(text, script.cuts).entries()) {
    peer.write(Buffer.from(piece, 'latin1'))
    const pause = script.pauses[index % script.pauses.length]
    if (pause === 'turn') await turns(1)
    else if (pause === 'turns') await turns(4)
    else if (pause === 'answers' && reads) {
      const bytes = due[index] as number
      const there = (): boolean => peer.receivedBytes >= bytes || peer.saw !== undefined
      await until(trial, `${bytes} bytes of answer behind piece ${index}`, there)
    }
  }
  if (script.ending === 'fin') peer.end()
  else peer.reset()
  let stalled = false
  if (!reads) {
    await quiet(() => peer.taken + peer.receivedBytes)
    stalled = (witnesses[0]?.bytes ?? 0) < text.length && !piped.settled
    peer.read({ kind: 'at once' })
  }
  await until(trial, 'our pipeline to settle', () => piped.settled)
  if (script.ending === 'fin') {
    await until(trial, 'the peer to see our end', () => peer.saw !== undefined)
    if (text.length < discardable) await until(trial, 'our side to close', () => closing?.settled === true)
  }
  const { saw, unsure } = peer
  const received = Buffer.concat(peer.received)
  return { outcome: outcomeOf(piped), received, saw, unsure, witnesses, tripped, stalled }
}
