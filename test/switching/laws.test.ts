/**
 * A switching codec is a codec: all laws hold, whether it stays, switches once, or goes round for ever. The framing on
 * both sides of each switch is the same here, so that what a frame looks like does not depend on where it stands;
 * machine.test.ts mixes framings.
 */
import { chunked } from '../../lib/codec/chunked.ts'
import { delimiter } from '../../lib/codec/delimiter.ts'
import { json } from '../../lib/codec/json.ts'
import { length } from '../../lib/codec/length.ts'
import { switching } from '../../lib/codec/switching.ts'
import { text } from '../../lib/codec/text.ts'
import type { Subject } from '../../lib/laws/subject.ts'
import type { Codec } from '../../lib/types.ts'
import { utf8 } from '../laws/bytes.ts'
import { codecLaws } from '../laws/codec-laws.ts'
import { chunkedSubject, delimiterSubject, lengthSubject } from '../laws/subjects/framings.ts'
import { jsonSubject, textSubject } from '../laws/subjects/values.ts'

type Wrap = <F>(codec: Codec<F>) => Codec<F>

const stays: Wrap = (codec) => switching(codec, () => undefined)
const once: Wrap = (codec) => switching(codec, () => ({ codec, unread: 'keep' }))
const forEver: Wrap = (codec) => {
  const round: typeof codec = switching(codec, () => round)
  return round
}
/** Three deep: the outermost never answers, the one in the middle at every other frame, the innermost always. */
const nested: Wrap = (codec) => {
  let frames = 0
  const middle: typeof codec = switching(forEver(codec), () => (frames++ % 2 === 0 ? middle : undefined))
  return switching(middle, () => undefined)
}

function wrapped<F>(subject: Subject<F>, how: string, wrap: Wrap): Subject<F> {
  const { big } = subject
  return {
    ...subject,
    name: `${subject.name}, ${how}`,
    codec: () => wrap(subject.codec()),
    ...(big === undefined ? {} : { big: (bytes) => ({ ...big(bytes), codec: wrap(big(bytes).codec) }) }),
    limits: (subject.limits ?? []).map((one) => ({
      ...one,
      codec: () => wrap(one.codec()),
      free: () => wrap(one.free())
    }))
  }
}

function eachWay<F>(subject: Subject<F>): void {
  codecLaws(wrapped(subject, 'switching that stays', stays))
  codecLaws(wrapped(subject, 'switching once', once))
  codecLaws(wrapped(subject, 'switching for ever', forEver))
  codecLaws(wrapped(subject, 'nested switching', nested))
}

const crlf = delimiterSubject('delimiter CRLF', delimiter, utf8('\r\n'), false)
const blocks = chunkedSubject('chunked', chunked)

eachWay(crlf)
eachWay(lengthSubject('length uint16be', length, { prefix: 2 }))
eachWay(blocks)
eachWay(textSubject('text(delimiter CRLF)', text, crlf))
eachWay(jsonSubject('json(chunked)', json, blocks))
