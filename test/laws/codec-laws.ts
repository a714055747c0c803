/**
 * The laws of a codec. `codecLaws(subject)` registers each of them as a test of its own.
 *
 * The laws about work and memory take most of the time. In a quick run each codec has every third of them, in turn: three
 * neighbours of a list have all of them between them. With `IT_SERVE_RUNS=2` and more each codec has all.
 */
import { describe, it } from 'node:test'
import '../../lib/laws/meter.ts' // first: it counts only what is compiled after it
import { type LawName, lawTable } from '../../lib/laws/law-table.ts'
import { applies, runLaw } from '../../lib/laws/run-laws.ts'
import type { Law, Subject } from '../../lib/laws/subject.ts'
import { settings } from './settings.ts'

const costly: readonly LawName[] = [
  'bigFrameWork',
  'manyFramesWork',
  'encoderWork',
  'pinsNothing',
  'bigChunksByReference'
]
const quick = (settings.runs ?? 1) <= 1
let subjects = 0

/** Registers every law that says something about the codec as a test. */
export function codecLaws<F>(subject: Subject<F>): void {
  const turn = subjects++
  describe(`laws: ${subject.name}`, () => {
    for (const [name, law] of Object.entries(lawTable) as [LawName, Law][]) {
      const at = costly.indexOf(name)
      if (quick && at >= 0 && (at + turn) % 3 !== 0) continue
      if (applies(law, subject)) it(`${name}: ${law.promise}`, () => runLaw(name, { ...settings, ...subject }))
    }
  })
}
