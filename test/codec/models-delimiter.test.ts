/** Every option of `delimiter`, and the framings that escape their mark, against the naive models of them. */
import { json } from '../../lib/codec/json.ts'
import { text } from '../../lib/codec/text.ts'
import { likeModel } from '../laws/models/like-model.ts'
import { naiveJson, naiveText } from '../laws/models/text.ts'
import { cobsSubject, dotsSubject, marksSubject, shapes, slipSubject } from '../laws/subjects/marks.ts'
import { jsonSubject, textSubject } from '../laws/subjects/values.ts'

for (const [name, shape] of shapes) {
  const subject = marksSubject(`delimiter ${name}`, shape)
  likeModel(subject, subject.model)
}
for (const subject of [slipSubject, cobsSubject, dotsSubject]) likeModel(subject, subject.model)

const lines = marksSubject('delimiter LF, no empty line', { marks: ['\n'], skipEmpty: true })
const asked = marksSubject('delimiter ? kept, no empty one', { marks: ['?'], keep: true, skipEmpty: true })
const either = marksSubject('delimiter CRLF or LF', { marks: ['\r\n', '\n'] })
likeModel(textSubject('text(delimiter LF, no empty line)', text, lines), () => naiveText(lines.model()))
likeModel(textSubject('text(delimiter ? kept, no empty one)', text, asked, '?'), () => naiveText(asked.model()))
likeModel(textSubject('text(delimiter CRLF or LF)', text, either), () => naiveText(either.model()))

const records = marksSubject('delimiter RS to LF', { marks: ['\n'], begin: '\x1e', maxGarbageBytes: 5 })
likeModel(jsonSubject('json(delimiter RS to LF)', json, records), () => naiveJson(records.model()))
