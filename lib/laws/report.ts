/** Says what a broken law looks like: the sentence, the bytes with their cuts, what was expected and got, the seed. */
import { dissect } from '../codec/dissect.ts'
import { dump } from '../codec/dump.ts'
import { join } from './bytes.ts'
import { Counterexample } from './counterexample.ts'
import type { Batches } from './cuttings.ts'
import { Falsified } from './for-all.ts'
import type { LawName } from './law-table.ts'
import { Mismatch, type Sides } from './mismatch.ts'
import { type Outcome, showFault } from './outcome.ts'
import { show, showFrames } from './show.ts'
import { smallestCut } from './smallest-cut.ts'
import type { Law } from './subject.ts'

/** As much of a stream as is shown. */
const shownBytes = 4096

export function report(codec: string, law: LawName, { promise }: Law, seed: number, error: unknown): string {
  const found = inChain(error, Counterexample)
  const stream = found && smallestCut(found)
  const broken = stream ?? error
  const mismatch = inChain(broken, Mismatch)
  const values = stream === undefined ? inChain(error, Falsified)?.values : undefined
  const parts = [
    `${codec} breaks the law '${law}': ${promise}`,
    mismatch?.message ?? `expected no other error, got ${show(innermost(broken))}`,
    values && `with ${values}`,
    stream && dumpOf(stream),
    mismatch?.sides && sidesOf(mismatch.sides),
    `again: checkCodec(codec, { ..., laws: ['${law}'], seed: ${seed} })`
  ]
  return parts.filter((part) => part).join('\n\n')
}

function dumpOf({ codec, batches }: Counterexample): string {
  const bytes = join(batches.flat())
  const shown = bytes.subarray(0, shownBytes)
  const left = bytes.length - shown.length
  const marks = marksOf(batches)
  const dissection = dissect(codec, shown, left > 0)
  const lines = shown.length === 0 ? ['no bytes'] : dump(shown, dissection, { marks, short: true })
  const cuts = [...marks.keys()].filter((at) => at > shown.length)
  const where = cuts.length === 0 ? 'not cut' : `cut at ${cuts.slice(0, 10).join(', ')}`
  if (left > 0) lines.push(`      ... ${left} bytes more, ${where}`)
  return `${marks.size === 0 ? 'the bytes, in one chunk' : 'the bytes, | between chunks, || between batches'}:\n${lines.join('\n')}`
}

/** What stands in front of which byte: a border for every chunk but the first. */
function marksOf(batches: Batches): Map<number, string> {
  const marks = new Map<number, string>()
  let at = 0
  let border = ''
  for (const chunks of batches) {
    for (const chunk of chunks) {
      if (border !== '') marks.set(at, marks.has(at) ? `${marks.get(at)} ${border}` : border)
      border = '|'
      at += chunk.length
    }
    if (border !== '') border = '||'
  }
  return marks
}

function sidesOf({ expected, seen }: Sides): string {
  return `expected ${outcome(expected)}\ngot      ${outcome(seen)}`
}

function outcome({ frames, fault }: Outcome<unknown>): string {
  return `${showFrames(frames)}${fault === undefined ? '' : `; then ${showFault(fault)}`}`
}

function inChain<E extends Error>(error: unknown, kind: abstract new (...args: never[]) => E): E | undefined {
  if (error instanceof kind) return error
  return error instanceof Error && error.cause !== undefined ? inChain(error.cause, kind) : undefined
}

function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error
}
