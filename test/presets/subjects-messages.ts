/** netstring, syslog, mllp, ndjson and lsp as subjects of the laws. */
import fc from 'fast-check'
import { lsp, lspBytes } from '../../lib/codec/presets/lsp.ts'
import { mllp } from '../../lib/codec/presets/mllp.ts'
import { ndjson } from '../../lib/codec/presets/ndjson.ts'
import { netstring } from '../../lib/codec/presets/netstring.ts'
import { syslog } from '../../lib/codec/presets/syslog.ts'
import { join } from '../../lib/laws/bytes.ts'
import { encodeBatches } from '../../lib/laws/outcome.ts'
import type { CutOff, LimitCase, Subject } from '../../lib/laws/subject.ts'
import type { Codec } from '../../lib/types.ts'
import { unhex, utf8 } from '../laws/bytes.ts'
import { letters } from '../laws/subjects/framings.ts'
import { nested } from '../laws/subjects/values.ts'

type Bytes = Uint8Array
type Make<F> = (options: { maxBytes: number }) => Codec<F>

/** Payloads full of what the framings are made of. */
const payloads = (...special: number[]): fc.Arbitrary<Bytes> =>
  fc.array(fc.oneof(fc.constantFrom(...special), fc.nat(255)), { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes))

/** What does not depend on the framing: 200 bytes are allowed, 5 in the law of limits. */
function bytesSubject(name: string, make: Make<Bytes>, frame: fc.Arbitrary<Bytes>, refusedBy: number) {
  return {
    name,
    codec: () => make({ maxBytes: 200 }),
    frame,
    anything: fc.oneof(
      frame,
      fc.nat(400).map(letters),
      frame.map((one) => Uint8Array.of(...one, 0x1c, 0x0d, 0x0a))
    ),
    small: utf8('12345'),
    big: (bytes: number) => ({ codec: make({ maxBytes: bytes }), frame: letters(bytes) }),
    refused: [letters(201)],
    limits: [limitOf(make, letters, 5, refusedBy)]
  } satisfies Subject<Bytes>
}

/** @param refusedBy bytes of a frame one over the limit with which it is known to be */
function limitOf<F>(make: Make<F>, frame: (bytes: number) => F, limit: number, refusedBy: number): LimitCase<F> {
  const [fits, over] = [frame(limit), frame(limit + 1)]
  const codec = (): Codec<F> => make({ maxBytes: limit })
  return { name: 'maxBytes', codec, free: () => make({ maxBytes: 100 }), limit, fits, over, refusedBy }
}

/** Where a stream is cut off whose frames have a header up to a mark, a payload, and so many bytes behind it. */
function behindHeader(mark: string, trailer: number): (wire: Bytes, had: number) => CutOff {
  return (wire, had) => {
    const header = Buffer.from(wire).indexOf(mark) + mark.length
    if (had < header) return { phase: 'header', needed: undefined }
    return { phase: had < wire.length - trailer ? 'payload' : 'trailer', needed: wire.length }
  }
}

const endless = (): CutOff => ({ phase: 'payload', needed: undefined })

export const netstringSubject: Subject<Bytes> = {
  ...bytesSubject('netstring', netstring, payloads(0x30, 0x39, 0x3a, 0x2c), 2),
  cutOff: behindHeader(':', 1),
  faults: [':', '00', '01', '-1:', ' 1', '1;', '1:ab', '0:a', '201:', '1'.repeat(16)].map(utf8)
}

const messages = payloads(0x30, 0x3c, 0x0a, 0x20).filter((bytes) => bytes.byteLength > 0)
const counted = bytesSubject('syslog', syslog, messages, 2)

export const syslogSubject: Subject<Bytes> = {
  ...counted,
  cutOff: behindHeader(' ', 0),
  faults: ['0 ', '01 ', '-', ' ', '\n', 'hello', '1x', '201 '].map(utf8),
  refused: [letters(0), letters(201)],
  examples: [{ bytes: utf8('<1>a\n3 <1><2>\n1 a'), frames: ['<1>a', '<1>', '<2>', 'a'].map(utf8) }]
}

/** A sender of both framings: lines where it can. */
function mixed(options: { maxBytes: number }): Codec<Bytes> {
  const [line, count] = [syslog({ ...options, framing: 'trailer' }), syslog(options)]
  const isLine = (frame: Bytes): boolean => frame[0] === 0x3c && !frame.includes(0x0a)
  return {
    ...count,
    encoder() {
      const encoders = [line.encoder(), count.encoder()] as const
      return {
        push(batch, out) {
          for (let at = 0, next = 0; at < batch.length; at = next) {
            const asLine = isLine(batch[at]!)
            while (next < batch.length && isLine(batch[next]!) === asLine) next++
            encoders[asLine ? 0 : 1].push(batch.slice(at, next), out)
          }
        }
      }
    }
  }
}

const lined = (size: number): Bytes => join([utf8('<'), letters(size - 1)])

export const mixedSyslogSubject: Subject<Bytes> = {
  ...counted,
  name: 'syslog, counted and lines on one stream',
  codec: () => mixed({ maxBytes: 200 }),
  frame: fc.oneof(
    messages,
    messages.map((bytes) => Uint8Array.of(0x3c, ...bytes))
  ),
  small: utf8('<1>hi'),
  big: (bytes) => ({ codec: mixed({ maxBytes: bytes }), frame: lined(bytes) }),
  cutOff: (wire, had) => (wire[0] === 0x3c ? endless() : behindHeader(' ', 0)(wire, had)),
  faults: [...syslogSubject.faults!, lined(202)],
  refused: [letters(0), letters(201), lined(201)],
  limits: [limitOf(mixed, lined, 5, 7), limitOf(mixed, letters, 5, 2)]
}

const lines: Make<Bytes> = (options) => syslog({ ...options, framing: 'trailer' })

export const syslogLinesSubject: Subject<Bytes> = {
  ...bytesSubject(
    'syslog lines',
    lines,
    messages.filter((bytes) => !bytes.includes(0x0a)),
    7
  ),
  cutOff: endless,
  faults: [letters(202)],
  refused: [letters(0), letters(201), utf8('a\n'), utf8('\na')]
}

const blocks: Make<Bytes> = (options) => mllp({ ...options, maxGarbageBytes: 20 })
const garbled = unhex('0a 0b611c0d 1c0d1c 0b621c0d 0d')

export const mllpSubject: Subject<Bytes> = {
  ...bytesSubject(
    'mllp',
    blocks,
    payloads(0x0b, 0x1c, 0x0d).filter((bytes) => Buffer.from(bytes).indexOf('\x1c\r') < 0),
    8
  ),
  cutOff: endless,
  faults: [letters(21), Uint8Array.of(0x0b, ...letters(202))],
  refused: [letters(201), unhex('1c0d'), unhex('611c0d62')],
  examples: [{ bytes: garbled, frames: [letters(1), utf8('b')] }]
}

const unit = fc.constantFrom('a', '[', '"', '\\', '\n', '\ufeff', 'é', '😀')
/** There is no negative zero in JSON. */
const values = fc
  .jsonValue({ maxDepth: 2, stringUnit: unit })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
const quoted = (bytes: number): unknown => 'a'.repeat(bytes - 2)

/** @param wrap puts a text into the framing */
function valuesSubject(
  name: string,
  make: Make<unknown>,
  wrap: (text: string) => string,
  refusedBy: number,
  deep: unknown
) {
  const bad = ['{', '[1,]', 'nul', "'a'", '1 2', '\ufeff1', '"\xff"'].map((text) => Buffer.from(wrap(text), 'latin1'))
  return {
    name,
    codec: () => make({ maxBytes: 200 }),
    frame: values.filter((value) => encodeBatches(make({ maxBytes: 200 }), [[value]]).fault === undefined),
    anything: fc.oneof(values, fc.constantFrom(undefined, 1n, quoted(201), quoted(300))),
    small: { ok: true },
    big: (bytes) => ({ codec: make({ maxBytes: bytes }), frame: quoted(bytes) }),
    faults: bad.map((bytes) => new Uint8Array(bytes)),
    refused: [undefined, 1n, () => 1, deep, quoted(201)],
    limits: [limitOf(make, quoted, 5, refusedBy)]
  } satisfies Subject<unknown>
}

const jsonLines = valuesSubject('ndjson', ndjson, (text) => `${text}\n`, 8, nested(65))

export const ndjsonSubject: Subject<unknown> = {
  ...jsonLines,
  cutOff: endless,
  faults: [...jsonLines.faults, letters(203), utf8(' \n')],
  examples: [{ bytes: utf8('\n\r\n1\r\n[2]\n\n'), frames: [1, [2]] }]
}

const headed = (text: string): string => `Content-Length: ${text.length}\r\n\r\n${text}`
const badHeaders = [
  '\r\n\r\n',
  'X: y\r\n\r\n',
  'hello\r\n\r\n',
  'Content-Length: -1\r\n\r\n',
  'Content-Length: 1\r\nContent-Length: 1\r\n\r\n',
  'Content-Length: 201\r\n\r\n',
  'a'.repeat(4097)
].map(utf8)
const messageExamples =
  'content-length:1\r\nX: y\r\n\r\n1Content-Type: a/b; charset="utf8"\r\nContent-Length: 2\r\n\r\n[]'
const messageValues = valuesSubject('lsp', lsp, headed, 'Content-Length: 6\r\n\r\n'.length, nested(513))

export const lspSubject: Subject<unknown> = {
  ...messageValues,
  cutOff: behindHeader('\r\n\r\n', 0),
  faults: [...messageValues.faults, ...badHeaders, utf8(headed(''))],
  examples: [{ bytes: utf8(messageExamples), frames: [1, []] }]
}

export const lspBytesSubject: Subject<Bytes> = {
  ...bytesSubject('lsp, bytes', lspBytes, payloads(0x0d, 0x0a), 'Content-Length: 6\r\n\r\n'.length),
  cutOff: behindHeader('\r\n\r\n', 0),
  faults: badHeaders,
  examples: [{ bytes: utf8(messageExamples), frames: [utf8('1'), utf8('[]')] }]
}
