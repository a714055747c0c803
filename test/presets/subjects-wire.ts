/** Five presets as subjects of the laws. */
import fc from 'fast-check'
import type { HeadedFrame } from '../../lib/codec/length-layout.ts'
import { dns } from '../../lib/codec/presets/dns.ts'
import { httpChunked } from '../../lib/codec/presets/http-chunked.ts'
import { multiprocessing } from '../../lib/codec/presets/multiprocessing.ts'
import { type PktLine, pktLine } from '../../lib/codec/presets/pkt-line.ts'
import { postgres, postgresStartup } from '../../lib/codec/presets/postgres.ts'
import type { CutOff, Subject } from '../../lib/laws/subject.ts'
import type { Codec } from '../../lib/types.ts'
import { unhex, utf8 } from '../laws/bytes.ts'
import { chunkedSubject, lengthSubject, letters } from '../laws/subjects/framings.ts'

const payloads = fc.uint8Array({ maxLength: 90 })
const sizes = fc.nat(400).map(letters)

/** Where a stream is cut off: in a number that ends with so many bytes, in a header of so many, or behind. */
function headerOf(number: number, header = number): (wire: Uint8Array, had: number) => CutOff {
  return (wire, had) => {
    if (had >= header) return { phase: 'payload', needed: wire.length }
    return { phase: 'header', needed: had < number ? number : header }
  }
}

/** Two bytes cannot say the length of a big frame: what that costs, `length uint16be` shows. */
export const dnsSubject: Subject<Uint8Array> = (({ big: _, ...subject }) => subject)(
  lengthSubject('dns', dns, { prefix: 2 })
)

export const multiprocessingSubject: Subject<Uint8Array> = {
  ...lengthSubject('multiprocessing', multiprocessing, { prefix: 4, signed: true }),
  cutOff: (wire, had) => (had < 4 ? { phase: 'header', needed: undefined } : { phase: 'payload', needed: wire.length }),
  faults: ['fffffffe', '80000000', 'ffffffff 0000000080000000', 'ffffffff ffffffffffffffff'].map(unhex),
  examples: [{ bytes: unhex('ffffffff 0000000000000002 6869'), frames: [utf8('hi')] }]
}

const signals = fc.constantFrom('flush', 'delim', 'response-end').map((signal): PktLine => ({ signal }))

export const pktLineSubject: Subject<PktLine> = {
  name: 'pkt-line',
  codec: () => pktLine({ maxBytes: 200 }),
  frame: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 90 }), signals),
  anything: fc.oneof(payloads, sizes, signals),
  small: utf8('hello'),
  cutOff: headerOf(4),
  faults: ['0003', '00cd', 'ffff', 'git-', '-001', '    '].map(utf8),
  refused: [letters(0), letters(201), { signal: 'full stop' } as unknown as PktLine],
  limits: [
    {
      name: 'maxBytes',
      codec: () => pktLine({ maxBytes: 5 }),
      free: () => pktLine({ maxBytes: 100 }),
      limit: 5,
      fits: letters(5),
      over: letters(6),
      refusedBy: 4
    }
  ],
  examples: [{ bytes: utf8('0004' + '000Bfoobar\n'), frames: [letters(0), utf8('foobar\n')] }]
}

interface Headed<H> {
  make: (options: { maxBytes: number }) => Codec<HeadedFrame<H>>
  headers: fc.Arbitrary<H>
  header: H
  /** Bytes up to the end of the length. */
  number: number
  /** Bytes in front of a payload. */
  bytes: number
  faults: readonly string[]
  badHeaders: readonly H[]
}

function headedSubject<H>(
  name: string,
  { make, headers, header, number, bytes, faults, badHeaders }: Headed<H>
): Subject<HeadedFrame<H>> {
  const framed = (payload: Uint8Array): HeadedFrame<H> => ({ header, payload })
  return {
    name,
    codec: () => make({ maxBytes: 200 }),
    frame: fc.record({ header: headers, payload: payloads }, { noNullPrototype: true }),
    anything: fc.record(
      { header: fc.oneof(headers, fc.constantFrom(...badHeaders)), payload: fc.oneof(payloads, sizes) },
      { noNullPrototype: true }
    ),
    small: framed(utf8('hello')),
    big: (size) => ({ codec: make({ maxBytes: size }), frame: framed(letters(size)) }),
    cutOff: headerOf(number, bytes),
    faults: faults.map(unhex),
    refused: [framed(letters(201)), ...badHeaders.map((bad) => ({ header: bad, payload: letters(1) }))],
    limits: [
      {
        name: 'maxBytes',
        codec: () => make({ maxBytes: 5 }),
        free: () => make({ maxBytes: 100 }),
        limit: 5,
        fits: framed(letters(5)),
        over: framed(letters(6)),
        refusedBy: bytes
      }
    ]
  }
}

export const postgresSubject = headedSubject('postgres', {
  make: postgres,
  headers: fc.nat(0xff).map((byte) => String.fromCharCode(byte)),
  header: 'Q',
  number: 5,
  bytes: 5,
  faults: ['51 00000003', '51 ffffffff', '51 7fffffff'],
  badHeaders: ['', 'QQ', '€']
})

export const postgresStartupSubject = headedSubject('postgres startup', {
  make: postgresStartup,
  headers: fc.integer(),
  header: 0x30000,
  number: 4,
  bytes: 8,
  faults: ['00000007 00030000', 'ffffffff 00030000', '7fffffff 00030000'],
  badHeaders: [2 ** 31, 0.5, Number.NaN]
})

const chunked = chunkedSubject('http-chunked', httpChunked)
/** With which byte of a body its size is known to be over the limit. */
const refusedBy: Record<string, number> = { maxBytes: 21, maxBlocks: 30, maxBlockBytes: 3 }

export const httpChunkedSubject: Subject<Uint8Array> = {
  ...chunked,
  cutOff: (wire, had) => {
    for (let at = 0; ; ) {
      const data = wire.indexOf(0x0a, at) + 1
      if (had < data) return { phase: 'header', needed: undefined }
      const size = Number.parseInt(Buffer.from(wire.subarray(at, data)).toString(), 16)
      if (size === 0) return { phase: 'trailer', needed: undefined }
      at = data + size + 2
      if (had < at) return { phase: 'payload', needed: undefined }
    }
  },
  faults: [
    '15\r\n',
    'g\r\n',
    '\r\n',
    '5\n',
    '1\r\na\n',
    '1 \r\n',
    '1;\n',
    '0\r\n\n',
    '0\r\na\rb\r\n',
    'f'.repeat(14)
  ].map(utf8),
  limits: (chunked.limits ?? []).map((limit) => ({ ...limit, refusedBy: refusedBy[limit.name] as number })),
  examples: [{ bytes: utf8('002 ; a="b"\r\nhi\r\n00;c\r\nX: y\r\n\r\n0\r\n\r\n'), frames: [utf8('hi'), letters(0)] }]
}
