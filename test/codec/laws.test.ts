/**
 * Every codec of the library before all laws: one line each.
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
import { codecLaws } from '../laws/codec-laws.ts'
import {
  chunkedSubject,
  delimiterSubject,
  fixedSubject,
  lengthSubject,
  streamSubject
} from '../laws/subjects/framings.ts'
import { jsonSubject, textSubject } from '../laws/subjects/values.ts'

const stream = streamSubject('halfClose', halfClose)
const crlf = delimiterSubject('delimiter CRLF', delimiter, utf8('\r\n'), false)
const question = delimiterSubject('delimiter ? kept', delimiter, utf8('?'), true)
const line = delimiterSubject('delimiter LF', delimiter, utf8('\n'), false)
const twice = delimiterSubject('delimiter aa', delimiter, utf8('aa'), false)
const wide = delimiterSubject('delimiter €! kept', delimiter, utf8('€!'), true)
const latin = delimiterSubject('delimiter byte E9', delimiter, Uint8Array.of(0xe9), false)
const varint = lengthSubject('length varint', length, {})
const blocks = chunkedSubject('chunked', chunked)

codecLaws(streamSubject('close', close))
codecLaws(stream)
codecLaws(fixedSubject('fixed(1)', fixed, 1))
codecLaws(fixedSubject('fixed(5)', fixed, 5))
codecLaws(line)
codecLaws(crlf)
codecLaws(question)
codecLaws(twice)
codecLaws(delimiterSubject('delimiter aab kept', delimiter, utf8('aab'), true))
codecLaws(varint)
codecLaws(lengthSubject('length uint8', length, { prefix: 1 }))
codecLaws(lengthSubject('length uint16be', length, { prefix: 2 }))
codecLaws(lengthSubject('length int24le', length, { prefix: 3, endian: 'little', signed: true }))
codecLaws(lengthSubject('length int32be', length, { prefix: 4, signed: true }))
codecLaws(lengthSubject('length uint48be', length, { prefix: 6 }))
codecLaws(lengthSubject('length uint64le', length, { prefix: 8, endian: 'little' }))
codecLaws(blocks)
codecLaws(chunkedSubject('chunked in many small blocks', chunked, { manySmall: true }))
codecLaws(textSubject('text(delimiter LF)', text, line))
codecLaws(textSubject('text(delimiter CRLF)', text, crlf))
codecLaws(textSubject('text(delimiter ? kept)', text, question, '?'))
codecLaws(textSubject('text(delimiter €! kept)', text, wide, '€!'))
codecLaws(textSubject('text(delimiter aa)', text, twice))
codecLaws(textSubject('text(delimiter byte E9)', text, latin))
codecLaws(textSubject('text(length)', text, varint))
codecLaws(textSubject('text(halfClose)', text, stream))
codecLaws(jsonSubject('json(delimiter LF)', json, line))
codecLaws(jsonSubject('json(chunked)', json, blocks))
codecLaws(jsonSubject('json(halfClose)', json, stream))
