/**
 * The library's codecs against the naive ones, on good, damaged and random bytes: the same frames, the same fault, the
 * same bytes held; and on any frames: the same bytes written, the same refusal.
 */
import { chunked } from '../../lib/codec/chunked.ts'
import { close } from '../../lib/codec/close.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { fixed } from '../../lib/codec/fixed.ts'
import { halfClose } from '../../lib/codec/half-close.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { text } from '../../lib/codec/text.ts'
import { utf8 } from '../laws/bytes.ts'
import { naiveChunked } from '../laws/models/chunked.ts'
import { naiveDelimiter, naiveFixed, naiveLength, naiveStream } from '../laws/models/framings.ts'
import { likeModel } from '../laws/models/like-model.ts'
import { naiveJson, naiveText } from '../laws/models/text.ts'
import {
  chunkedSubject,
  delimiterSubject,
  fixedSubject,
  lengthSubject,
  streamSubject
} from '../laws/subjects/framings.ts'
import { jsonSubject, textSubject } from '../laws/subjects/values.ts'

const mark = (bytes: Uint8Array, keep: boolean, maxBytes = 100) => naiveDelimiter({ mark: bytes, keep, maxBytes })
const shape = { prefix: 'varint', endian: 'big', signed: false, maxBytes: 200 } as const
const stream = streamSubject('half-close', halfClose)
const line = delimiterSubject('delimiter LF', delimiter, utf8('\n'), false)
const question = delimiterSubject('delimiter ? kept', delimiter, utf8('?'), true)
const twice = delimiterSubject('delimiter aa', delimiter, utf8('aa'), false)
const arrow = delimiterSubject('delimiter →', delimiter, utf8('→'), false)
const varint = lengthSubject('length varint', length, {})
const blocks = { maxBytes: 300, maxBlockBytes: 20, maxBlocks: 50, blockBytes: 8 }

likeModel(streamSubject('close', close), () => naiveStream('close', { maxBytes: 1000 }))
likeModel(stream, () => naiveStream('half-close', { maxBytes: 1000 }))
likeModel(fixedSubject('fixed(7)', fixed, 7), () => naiveFixed(7))
likeModel(line, () => mark(utf8('\n'), false))
likeModel(question, () => mark(utf8('?'), true))
for (const keep of [true, false]) {
  for (const word of ['\r\n', 'aa', 'aab', 'abab']) {
    likeModel(delimiterSubject(`delimiter ${JSON.stringify(word)} ${keep}`, delimiter, utf8(word), keep), () =>
      mark(utf8(word), keep)
    )
  }
}
likeModel(varint, () => naiveLength(shape))
for (const prefix of [1, 2, 3, 4, 6, 8] as const) {
  for (const [endian, signed] of [
    ['big', false],
    ['little', true]
  ] as const) {
    const kind = { prefix, endian, signed }
    const maxBytes = prefix === 1 && signed ? 100 : 200
    likeModel(lengthSubject(`length ${prefix} ${endian} ${signed}`, length, kind), () =>
      naiveLength({ ...kind, maxBytes })
    )
  }
}
likeModel(chunkedSubject('chunked', chunked), () => naiveChunked(blocks))
likeModel(textSubject('text(delimiter LF)', text, line), () => naiveText(mark(utf8('\n'), false)))
likeModel(textSubject('text(delimiter ? kept)', text, question, '?'), () => naiveText(mark(utf8('?'), true)))
likeModel(textSubject('text(delimiter →)', text, arrow), () => naiveText(mark(utf8('→'), false)))
likeModel(textSubject('text(delimiter aa)', text, twice), () => naiveText(mark(utf8('aa'), false)))
likeModel(textSubject('text(length)', text, varint), () => naiveText(naiveLength(shape)))
likeModel(jsonSubject('json(delimiter LF)', json, line), () => naiveJson(mark(utf8('\n'), false)))
likeModel(jsonSubject('json(half-close)', json, stream), () => naiveJson(naiveStream('half-close', { maxBytes: 1000 })))
