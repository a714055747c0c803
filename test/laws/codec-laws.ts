/**
 * The laws of a codec. `codecLaws(subject)` registers each of them as a test of its own.
 */
import { describe, it } from 'node:test'
import '../../lib/laws/meter.ts' // first: it counts only what is compiled after it
import { type LawName, lawTable } from '../../lib/laws/law-table.ts'
import { applies, runLaw } from '../../lib/laws/run-laws.ts'
import type { Law, Subject } from '../../lib/laws/subject.ts'
import { settings } from './settings.ts'

/** Registers every law that says something about the codec as a test. */
export function codecLaws<F>(subject: Subject<F>): void {
  describe(`laws: ${subject.name}`, () => {
    for (const [name, law] of Object.entries(lawTable) as [LawName, Law][]) {
      if (applies(law, subject)) it(`${name}: ${law.promise}`, () => runLaw(name, { ...settings, ...subject }))
    }
  })
}
