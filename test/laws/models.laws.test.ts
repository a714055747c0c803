/**
 * The naive models obey the laws: the laws ask for nothing that an obvious codec cannot do.
 */
import { utf8 } from './bytes.ts'
import { codecLaws } from './codec-laws.ts'
import { naiveChunked } from './models/chunked.ts'
import { naiveDelimiter, naiveFixed, naiveLength, naiveStream } from './models/framings.ts'
import { naiveJson, naiveText } from './models/text.ts'
import type { MakeDelimiter, MakeLength } from './subjects/framings.ts'
import { chunkedSubject, delimiterSubject, fixedSubject, lengthSubject, streamSubject } from './subjects/framings.ts'
import { jsonSubject, textSubject } from './subjects/values.ts'

const delimiter: MakeDelimiter = (mark, options) => naiveDelimiter({ mark, ...options })
const length: MakeLength = (options) => naiveLength({ prefix: 4, endian: 'big', signed: false, ...options })
const close = streamSubject('naive close', (options) => naiveStream('close', options))
const question = delimiterSubject('naive delimiter ? kept', delimiter, utf8('?'), true)

codecLaws(fixedSubject('naive fixed', naiveFixed, 3))
codecLaws(delimiterSubject('naive delimiter CRLF', delimiter, utf8('\r\n'), false))
codecLaws(lengthSubject('naive length', length, { prefix: 4 }))
codecLaws(chunkedSubject('naive chunked', naiveChunked))
codecLaws(textSubject('naive text(delimiter ?)', naiveText, question, '?'))
codecLaws(jsonSubject('naive json(close)', naiveJson, close))
