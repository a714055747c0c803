/** Every option of `length` before all laws: one line in the table of families each. */
import { json } from '../../lib/codec/json.ts'
import { text } from '../../lib/codec/text.ts'
import { codecLaws } from '../laws/codec-laws.ts'
import { joined, whole } from '../laws/subjects/families.ts'
import type { FullSubject } from '../laws/subjects/full-subject.ts'
import { familySubject, fewer } from '../laws/subjects/layouts.ts'
import { jsonSubject, textSubject } from '../laws/subjects/values.ts'

for (const family of [...whole, ...joined]) {
  const { prefix, fragments } = family.options
  const { big, ...subject } = familySubject(family)
  // Behind a binary number one large frame is like another: laws.test.ts has them.
  codecLaws(typeof prefix === 'number' && fragments === undefined ? subject : { ...subject, big })
}

/** One whose frames are bytes. */
function bytesOf(name: string): FullSubject<Uint8Array> {
  const family = [...whole, ...joined].find((one) => one.name === name)
  if (family === undefined) throw new Error(`no family ${name}`)
  return familySubject(family) as FullSubject<Uint8Array>
}

codecLaws({
  ...textSubject('text(decimal and a colon)', text, bytesOf('decimal and a colon, a comma behind')),
  ...fewer
})
codecLaws({ ...textSubject('text(the last has a bit)', text, bytesOf('the last has a bit')), ...fewer })
codecLaws({ ...jsonSubject('json(a header block)', json, bytesOf('a header block')), ...fewer })
