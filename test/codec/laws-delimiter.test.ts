/** Every option of `delimiter`, and the framings that escape their mark, before all laws: one line each. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { text } from '../../lib/codec/text.ts'
import { type LawName, lawTable } from '../../lib/laws/law-table.ts'
import { allocation } from '../../lib/laws/meter.ts'
import { encode } from '../../lib/laws/outcome.ts'
import { applies, runLaw } from '../../lib/laws/run-laws.ts'
import type { Law } from '../../lib/laws/subject.ts'
import { codecLaws } from '../laws/codec-laws.ts'
import { fewer, type Modelled } from '../laws/subjects/layouts.ts'
import { cobsSubject, dotsSubject, marksSubject, shapes, slipSubject } from '../laws/subjects/marks.ts'
import { textSubject } from '../laws/subjects/values.ts'

for (const [name, shape] of shapes) codecLaws(marksSubject(`delimiter ${name}`, shape))
codecLaws(slipSubject)
lawsOfCopied(cobsSubject)
lawsOfCopied(dotsSubject)

const lines = marksSubject('delimiter LF, no empty line', { marks: ['\n'], skipEmpty: true })
codecLaws({ ...textSubject('text(delimiter LF, no empty line)', text, lines), ...fewer })
codecLaws({ ...textSubject('text(slip)', text, slipSubject), ...fewer })

/** A payload that never stands on the wire as it is must be copied once more than one that does. */
function lawsOfCopied(subject: Modelled<Uint8Array>): void {
  const { bigChunksByReference: _ours, ...laws } = lawTable
  describe(`laws: ${subject.name}`, () => {
    for (const [name, law] of Object.entries(laws) as [LawName, Law][]) {
      if (applies(law, subject)) it(`${name}: ${law.promise}`, () => runLaw(name, subject))
    }

    it('large chunks are joined once, and read once', () => {
      const { codec, frame } = subject.big(1024 * 1024)
      const wire = encode(codec, [frame])
      const chunks = Array.from({ length: Math.ceil(wire.length / 65_536) }, (_, index) =>
        wire.slice(index * 65_536, (index + 1) * 65_536)
      )
      const decoder = codec.decoder()
      const out: Uint8Array[] = []
      // What is joined is counted twice, as `Buffer.concat` makes its buffer with another method that is counted.
      const made = allocation(() => {
        for (const chunk of chunks) decoder.push([chunk], out)
      })
      assert.equal(out.length, 1)
      assert.ok(made <= 3 * wire.length + 16 * 1024, `${made} bytes of buffers made for ${wire.length}`)
    })
  })
}
